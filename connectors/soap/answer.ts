import { contractBroken } from '../failures.ts'
import type { RawAnswer } from '../network/http-transport.ts'
import { type Outcome, outcomeOfStatus, type PageAnswer, readBody, settled } from '../values/outcome.ts'
import { valueAt } from '../values/path.ts'
import { type PlainXml, plainOf } from '../xml/plain.ts'
import { decodeXml, readXml, type XmlElement } from '../xml/read.ts'
import type { SoapConfig } from './config.ts'

/**
 * Reads one SOAP answer: HTTP status, fault, a document inside the document, result code, rows. Paths begin inside the
 * Body (`queryResponse.return`), or inside the embedded document's root.
 *
 * Errors: `provider.unreachable`, `provider.contract`, as the config and the fault's code say.
 */
export function readSoapAnswer(answer: RawAnswer, config: SoapConfig): PageAnswer {
  const byStatus = outcomeOfStatus(answer.status, config)
  // A fault comes with status 500 (SOAP 1.1 §6.2); only its code tells whose fault it is.
  if (answer.status === 500 && config.statuses?.['500'] === undefined) return readFaultAnswer(answer, config)
  if (byStatus !== 'ok' && byStatus !== 'read') return settled(byStatus, `status ${answer.status}`, undefined)
  const body = bodyOf(readXml(decodeXml(answer.body, answer.contentType, config.charset)))
  const fault = faultOf(body)
  if (fault !== undefined) return settleFault(fault, config)
  return readRows(openEmbedded(plainOf(body), config), config)
}

function readFaultAnswer(answer: RawAnswer, config: SoapConfig): PageAnswer {
  let fault: string | undefined
  try {
    fault = faultOf(bodyOf(readXml(decodeXml(answer.body, answer.contentType, config.charset))))
  } catch {
    // Any server's error page.
  }
  return fault === undefined ? settled('unreachable', 'status 500', undefined) : settleFault(fault, config)
}

function settleFault(code: string, { faults }: SoapConfig): PageAnswer {
  const listed = faults !== undefined && Object.hasOwn(faults, code) ? faults[code] : undefined
  const outcome: Outcome = listed ?? (/^(Server|Receiver)\b/.test(code) ? 'unreachable' : 'contract')
  return outcome === 'ok' ? { outcome, rows: [], body: undefined } : settled(outcome, 'SOAP fault', undefined)
}

function bodyOf(envelope: XmlElement): XmlElement {
  const body = envelope.name === 'Envelope' ? child(envelope, 'Body') : undefined
  if (body === undefined) throw contractBroken('the answer is no SOAP envelope')
  return body
}

/** The fault's code without its prefix: `faultcode` (1.1), else the innermost `Value` of `Code` (1.2). */
function faultOf(body: XmlElement): string | undefined {
  const fault = child(body, 'Fault')
  if (fault === undefined) return undefined
  let code = child(fault, 'faultcode') ?? child(fault, 'Code')
  while (code !== undefined && code.children.length > 0) {
    const deeper: XmlElement | undefined = child(code, 'Subcode')
    code = deeper ?? child(code, 'Value')
  }
  const text = code?.text.trim() ?? ''
  return text.slice(text.indexOf(':') + 1)
}

function openEmbedded(body: PlainXml, { embedded }: SoapConfig): unknown {
  if (embedded === undefined) return body
  const text = valueAt(body, embedded.path)
  if (typeof text !== 'string') throw contractBroken('no text at the embedded path')
  if (embedded.format === 'xml') return plainOf(readXml(text.trimStart()))
  try {
    return JSON.parse(text)
  } catch {
    throw contractBroken('the embedded text is not JSON')
  }
}

/** An empty list has no elements in XML: its place is there, its rows are not; and an element without content holds no row. */
function readRows(body: unknown, config: SoapConfig): PageAnswer {
  const { records, embedded } = config
  if (embedded?.format === 'json') return readBody(body, config)
  const parent = records.path.split('.').slice(0, -1).join('.')
  const isPlace = parent !== '' && valueAt(body, parent) !== undefined
  const isEmpty = valueAt(body, records.path) === ''
  if (!isPlace && !isEmpty) return readBody(body, config)
  const path = isEmpty ? `${records.path}.row` : records.path
  return readBody(body, { ...config, records: { absent: 'not-found', ...records, path } })
}

const child = ({ children }: XmlElement, name: string): XmlElement | undefined =>
  children.find((one) => one.name === name)
