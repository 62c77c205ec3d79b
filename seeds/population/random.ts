/** Repeatable randomness: the same seed gives the same people on every machine. Not for anything secret. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** An independent stream, so that a change in one part of the population leaves the others as they were. */
  fork(label: string): Random
}

/** FNV-1a over UTF-16 units; only spreads seeds, so collisions do not matter. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return state >>> 0
}

export function createRandom(seed: string | number): Random {
  let state = hash(String(seed))
  // A Weyl sequence (step: the golden ratio in 32 bits), each step mixed by two xor-shift-multiply rounds.
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296
  }
  const random: Random = {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (from) => {
      if (from.length === 0) throw new Error('nothing to pick from')
      return from[Math.floor(next() * from.length)]!
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  }
  return random
}
