import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Endpoint } from './ports/connector.ts'

const schema = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: {
      url: { type: 'string', minLength: 1 },
      secret: { type: 'object', additionalProperties: { type: 'string' } },
      connections: { type: 'integer', minimum: 1, maximum: 1_000 },
    },
    required: ['url'],
    additionalProperties: false,
  },
}

/**
 * Where the sources live and how to log in there: a file of the installation (0600), apart from the published catalogue.
 *
 * Errors: a sentence naming the file; never what it holds.
 */
export async function loadEndpoints(path: string): Promise<Record<string, Endpoint>> {
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch {
    throw new Error(`数源地址文件 ${path} 读不到或不是 JSON / endpoints file cannot be read or is not JSON`)
  }
  if (!new Ajv2020().validate(schema, content))
    throw new Error(`数源地址文件 ${path} 不符合约定 / endpoints file does not fit its schema`)
  return content as Record<string, Endpoint>
}
