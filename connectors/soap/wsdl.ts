import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, WSDL } from 'soap'
import type { JsonTemplate } from '../values/template.ts'
import type { SoapConfig } from './config.ts'

/** What a description makes of an operation: a template like one written by hand. */
export interface WrittenTemplate {
  /** The whole envelope, placeholders still in it. */
  envelope: string
  action: string
  version: '1.1' | '1.2'
}

const MAX_WSDL_BYTES = 4 * 1024 * 1024

/**
 * Reads a description from the catalogue's `wsdl/` folder and has it write the request once, with the placeholders as
 * values; from then on it is a template, and values are put in by our own escaping.
 *
 * Nothing is fetched: imports and includes are refused, and the address the description names is not used.
 *
 * Errors: throws at once on a file that is missing, too large, declares a document type, imports another document or
 *         lacks the operation; the promise fails where the description cannot be understood.
 */
export function writeFromWsdl(catalogDir: string, config: SoapConfig): Promise<WrittenTemplate> {
  const { file, operation, arguments: values } = config.wsdl as NonNullable<SoapConfig['wsdl']>
  const text = readWsdl(join(catalogDir, 'wsdl', file))
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw new Error('the WSDL declares a document type')
  if (/<(?:[\w.-]+:)?(?:import|include|redefine)\b[^>]*?(?:schemaLocation|location)\s*=/i.test(text)) {
    throw new Error('the WSDL imports another document; make it one file')
  }
  if (
    !new RegExp(`<(?:[\\w.-]+:)?operation\\b[^>]*\\bname\\s*=\\s*["']${operation.replaceAll('.', '\\.')}["']`).test(
      text,
    )
  ) {
    throw new Error(`the WSDL has no operation \`${operation}\``)
  }
  return open(text, config).then((wsdl) => write(wsdl, operation, values, config))
}

function readWsdl(path: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    throw new Error('the WSDL is not in the catalogue’s `wsdl` folder')
  }
  if (bytes.length > MAX_WSDL_BYTES) throw new Error('the WSDL is larger than 4 MiB')
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

function open(text: string, { version }: SoapConfig): Promise<WSDL> {
  return new Promise((resolve, reject) => {
    const wsdl = new WSDL(text, 'catalogue.wsdl', { forceSoap12Headers: version === '1.2' })
    wsdl.onReady((error) => (error ? reject(new Error('the WSDL cannot be read')) : resolve(wsdl)))
  })
}

function write(
  wsdl: WSDL,
  operation: string,
  values: { [name: string]: JsonTemplate },
  config: SoapConfig,
): WrittenTemplate {
  let written: { xml: string; headers: Record<string, string> } | undefined
  const client = new Client(wsdl, 'http://unused.invalid/', {
    // Takes the request where it would go out; nothing ever does.
    httpClient: {
      request(_url: string, xml: string, _done: unknown, headers: Record<string, string>) {
        written = { xml, headers }
      },
    } as never,
  })
  const call = (client as unknown as Record<string, ((values: unknown, done: () => void) => void) | undefined>)[
    operation
  ]
  if (call === undefined) throw new Error(`the WSDL has no operation \`${operation}\``)
  call.call(client, structuredClone(values), () => undefined)
  if (written === undefined) throw new Error('the WSDL cannot write the request')
  const action = (written.headers.SOAPAction ?? '').replace(/^"|"$/g, '')
  return { envelope: written.xml.replace(/^<\?xml[^>]*\?>/, ''), action, version: config.version ?? '1.1' }
}
