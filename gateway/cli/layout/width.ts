/** Characters that take two columns on a screen (East Asian Width W and F: UAX #11), and those that take none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences; they take no column.
const COLOUR = /\u001b\[\d+m/g

/** Columns a text takes on a screen. */
export function widthOf(text: string): number {
  let columns = 0
  for (const character of text.replaceAll(COLOUR, '')) {
    if (!NONE.test(character)) columns += WIDE.test(character) ? 2 : 1
  }
  return columns
}

export const padTo = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - widthOf(text)))
