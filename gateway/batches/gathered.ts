/**
 * Turns a write of many into a write of one: what is asked for while a write is under way goes out together with the
 * next, without any artificial delay.
 */
export function gathered<T>(write: (items: T[]) => Promise<void>): (item: T) => Promise<void> {
  let waiting: T[] = []
  let next: Promise<void> | null = null
  let underWay: Promise<void> = Promise.resolve()
  return (item) => {
    waiting.push(item)
    next ??= underWay.then(() => {
      const items = waiting
      waiting = []
      next = null
      const writing = write(items)
      underWay = writing.catch(() => undefined)
      return writing
    })
    return next
  }
}
