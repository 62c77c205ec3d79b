import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { contractBroken } from '../failures.ts'
import { charsetNamed, charsetOf } from '../values/charset.ts'

/** An element as it stood, namespaces already dropped from its name. */
export interface XmlElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  /** All text directly inside, CDATA included, references resolved. */
  text: string
}

type Node = Record<string, unknown>
const ATTRIBUTES = ':@'
const CDATA = '#cdata'
const MAX_DEPTH = 64

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  // `0012` would become 12.
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Five references and character numbers are resolved here; there are no others without a DTD.
  processEntities: false,
  cdataPropName: CDATA,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
})

/**
 * Reads an XML document. A document type declaration is refused unread, and with it every entity of one's own: no bomb
 * to expand, no file or address to fetch.
 *
 * Errors: `provider.contract`, quoting nothing of the text.
 */
export function readXml(text: string): XmlElement {
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw contractBroken('the XML declares a document type')
  // The parser forgives what the validator does not: tags that never close, text after the end.
  if (text.trim() === '' || XMLValidator.validate(text) !== true) throw contractBroken('the answer is not XML')
  let nodes: Node[]
  try {
    nodes = parser.parse(text) as Node[]
  } catch {
    throw contractBroken('the answer is not XML')
  }
  const roots = nodes.filter((node) => nameOf(node) !== undefined).map(toElement)
  const [root] = roots
  if (root === undefined || roots.length > 1) throw contractBroken('the XML has no single root')
  return root
}

/**
 * The text of an XML answer, by the charset of its media type, else its own declaration, else `fallback`.
 *
 * Errors: `provider.contract` for an unknown charset and for bytes that are none of it.
 */
export function decodeXml(bytes: Buffer, contentType: string, fallback = 'utf-8'): string {
  const declared = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/.exec(bytes.toString('latin1', 0, 200))?.[1]
  const charset = charsetNamed(charsetOf(contentType) ?? declared ?? fallback)
  if (charset === undefined) throw contractBroken('unknown charset')
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    throw contractBroken('the answer is not in the charset it names')
  }
}

function nameOf(node: Node): string | undefined {
  return Object.keys(node).find((key) => key !== ATTRIBUTES && key !== '#text' && key !== CDATA)
}

function toElement(node: Node): XmlElement {
  const name = nameOf(node) as string
  const element: XmlElement = { name: local(name), attributes: Object.create(null), children: [], text: '' }
  for (const [key, value] of Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, unknown>)) {
    if (key === 'xmlns' || key.startsWith('xmlns:')) continue
    element.attributes[local(key)] = resolveReferences(String(value))
  }
  for (const child of node[name] as Node[]) {
    if ('#text' in child) element.text += resolveReferences(String(child['#text']))
    else if (CDATA in child) element.text += cdataText(child[CDATA])
    else if (nameOf(child) !== undefined) element.children.push(toElement(child))
  }
  return element
}

function cdataText(value: unknown): string {
  return Array.isArray(value) ? value.map((part: Node) => String(part['#text'] ?? '')).join('') : String(value ?? '')
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function resolveReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]*)(;?)/g, (_whole, name: string, end: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name)
    const code = number === null ? undefined : Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10)
    if (end === ';' && code !== undefined && isXmlCharacter(code)) return String.fromCodePoint(code)
    const named = end === ';' && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
    if (named === undefined) throw contractBroken('the XML refers to an entity that is not declared')
    return named
  })
}

/** XML 1.0 §2.2. */
export function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  )
}
