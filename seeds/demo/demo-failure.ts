/** What did not go as the walk-through says it does. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure'
}

export function must(held: boolean, what: string): asserts held {
  if (!held) throw new DemoFailure(what)
}
