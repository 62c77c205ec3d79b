const CHARACTERS = /^[A-Za-z0-9_-]*$/
/** Last characters whose surplus bits are zero, by length mod 4; any other would be a second spelling of the same bytes. */
const LAST = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' } as const

/** True for the one spelling RFC 7515 allows: URL alphabet, no padding, no white space, no stray bits at the end. */
export function isCanonicalBase64url(text: string): boolean {
  const tail = text.length & 3
  if (tail === 1 || !CHARACTERS.test(text)) return false
  return tail === 0 || LAST[tail as 2 | 3].includes(text[text.length - 1]!)
}
