import type { XmlElement } from './read.ts'

export type PlainXml = string | null | PlainXml[] | { [name: string]: PlainXml }

/**
 * An element as plain data, for dotted paths: without children its text (`null` when it says `xsi:nil`), otherwise its
 * children by name, a repeated name as a list, attributes as `@name`.
 */
export function plainOf({ attributes, children, text }: XmlElement): PlainXml {
  const marks = Object.entries(attributes).filter(([name]) => !['nil', 'type', 'encodingStyle'].includes(name))
  if (children.length === 0 && (marks.length === 0 || text.trim() !== '')) {
    return attributes.nil === 'true' || attributes.nil === '1' ? null : text
  }
  const plain: { [name: string]: PlainXml } = Object.create(null)
  for (const [name, value] of marks) plain[`@${name}`] = value
  const byName = new Map<string, PlainXml[]>()
  for (const child of children) byName.set(child.name, [...(byName.get(child.name) ?? []), plainOf(child)])
  for (const [name, values] of byName) plain[name] = values.length === 1 ? (values[0] as PlainXml) : values
  return plain
}
