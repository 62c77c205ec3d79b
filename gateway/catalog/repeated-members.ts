/**
 * Pointers of members that occur a second time in one object of a valid JSON text.
 *
 * `JSON.parse` keeps the last of them without a word; in a file that people write by hand the first one is a mistake
 * that nobody would see (RFC 8259 §4: names should be unique; RFC 7493 §2.3: must be).
 */
export function repeatedMembers(text: string): (string | number)[][] {
  const found: (string | number)[][] = []
  const path: (string | number)[] = []
  /** One frame per open object (names seen) or array (`undefined`). */
  const frames: (Set<string> | undefined)[] = []
  let nameNext = false

  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    const names = frames.at(-1)
    if (token === '{' || token === '[') {
      frames.push(token === '{' ? new Set() : undefined)
      path.push(token === '{' ? '' : 0)
      nameNext = token === '{'
    } else if (token === '}' || token === ']') {
      frames.pop()
      path.pop()
      nameNext = false
    } else if (token === ',') {
      nameNext = names !== undefined
      if (names === undefined) path.push((path.pop() as number) + 1)
    } else if (nameNext && token !== ':') {
      const name = JSON.parse(token) as string
      path[path.length - 1] = name
      if (names!.has(name)) found.push([...path])
      names!.add(name)
      nameNext = false
    }
  }
  return found
}
