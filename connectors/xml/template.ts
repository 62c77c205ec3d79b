import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { contractBroken } from '../failures.ts'
import { fillText, placeholdersIn, type TemplateScope, type TemplateValues } from '../values/template.ts'
import { isXmlCharacter } from './read.ts'

type Node = Record<string, unknown>
const ATTRIBUTES = ':@'
const COMMENT = '#comment'

export interface XmlTemplate {
  /** Names of all placeholders. */
  names: string[]
  /** Writes the XML. Errors: `provider.contract` when a value holds what XML cannot. */
  fill(values: TemplateValues): string
}

/** The template is the catalogue's own text, so its few references may be resolved by the parser. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  commentPropName: COMMENT,
})

/**
 * Prepares a piece of XML (one element or several) with placeholders in its texts and attributes. The template is taken
 * apart once and written anew for each call, every value escaped: no value can open or close an element.
 *
 * An element, or an attribute, whose only content is one placeholder without a value is left out.
 *
 * Errors: throws on text that is not XML, declares a document type, or has placeholders in names or unknown ones.
 */
export function createXmlTemplate(text: string, scope: TemplateScope): XmlTemplate {
  if (/<[!?]/.test(text)) throw new Error('xml template has a declaration, comment, instruction or CDATA')
  if (XMLValidator.validate(`<t>${text}</t>`) !== true) throw new Error('xml template is not well formed')
  const nodes = parser.parse(text) as Node[]
  const names = nodes.flatMap((node) => namesIn(node, scope))
  return { names, fill: (values) => nodes.map((node) => write(node, values)).join('') }
}

function namesIn(node: Node, scope: TemplateScope): string[] {
  if ('#text' in node) return placeholdersIn(String(node['#text']), scope)
  const name = nameOf(node)
  const attributes = Object.entries(attributesOf(node))
  if ([name, ...attributes.map(([key]) => key)].some((key) => /[{}]/.test(key))) {
    throw new Error('xml template has a placeholder in a name')
  }
  return [
    ...attributes.flatMap(([, value]) => placeholdersIn(value, scope)),
    ...(node[name] as Node[]).flatMap((child) => namesIn(child, scope)),
  ]
}

function write(node: Node, values: TemplateValues): string {
  if ('#text' in node) return escapeXml(fillText(String(node['#text']), values) ?? '')
  const name = nameOf(node)
  const children = node[name] as Node[]
  const [only] = children
  if (children.length === 1 && only !== undefined && '#text' in only) {
    if (fillText(String(only['#text']).trim(), values) === undefined) return ''
  }
  const attributes = Object.entries(attributesOf(node)).flatMap(([key, text]) => {
    const value = fillText(text, values)
    return value === undefined ? [] : [` ${key}="${escapeXml(value)}"`]
  })
  const content = children.map((child) => write(child, values)).join('')
  return `<${name}${attributes.join('')}>${content}</${name}>`
}

const nameOf = (node: Node): string => Object.keys(node).find((key) => key !== ATTRIBUTES) ?? ''
const attributesOf = (node: Node): Record<string, string> => (node[ATTRIBUTES] ?? {}) as Record<string, string>

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text for a place inside an element or a quoted attribute; line breaks as numbers, since a reader would change them. */
export function escapeXml(text: string): string {
  for (const character of text) {
    if (!isXmlCharacter(character.codePointAt(0) ?? 0)) throw contractBroken('a value holds what XML cannot')
  }
  return text.replace(/[<>&"']|[\r\n\t]/g, (found) => ESCAPES[found] ?? `&#${found.charCodeAt(0)};`)
}
