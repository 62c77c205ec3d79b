/** `household-registration` → `HouseholdRegistration`; `P2.1` and `rongcheng-p-008` likewise. */
export const typeName = (id: string): string =>
  id
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

export const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`
export const union = (texts: readonly string[]): string =>
  texts.length === 0 ? 'never' : texts.map(literal).join(' | ')
/** A member's name as TypeScript writes it. */
export const member = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name))
/** One line of documentation; a catalogue's text cannot end it. */
export const doc = (text: string): string => `/** ${text.replace(/\s+/g, ' ').replaceAll('*/', '*∕').trim()} */`
export const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
