/** Text from outside without what a terminal would obey: control characters and changes of direction. */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ')

/** The same for every text of a JSON value, names of members included. */
export function printableJson<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T
  if (Array.isArray(value)) return value.map(printableJson) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [printable(name), printableJson(member)]),
  ) as T
}
