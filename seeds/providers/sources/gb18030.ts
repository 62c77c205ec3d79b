let table: Map<string, number> | undefined

/** Every character of GB18030's two-byte area, read out of the decoder the platform has: it has no encoder. */
function twoBytes(): Map<string, number> {
  const decoder = new TextDecoder('gb18030')
  const made = new Map<string, number>()
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue
      const character = decoder.decode(Uint8Array.of(lead, trail))
      if (character.length === 1 && character !== '\ufffd') made.set(character, (lead << 8) | trail)
    }
  }
  return made
}

/** As old office programs save it. Errors: throws on a character outside ASCII and the two-byte area. */
export function encodeGb18030(text: string): Buffer {
  table ??= twoBytes()
  const bytes: number[] = []
  for (const character of text) {
    const code = character.charCodeAt(0) < 0x80 ? character.charCodeAt(0) : table.get(character)
    if (code === undefined) throw new Error('a character is not in the two-byte area of GB18030')
    if (code > 0xff) bytes.push(code >> 8)
    bytes.push(code & 0xff)
  }
  return Buffer.from(bytes)
}
