import { Ajv2020 } from 'ajv/dist/2020.js'
import { contractBroken } from '../failures.ts'
import { charsetNamed } from '../values/charset.ts'
import { instantFromText } from '../values/from-text.ts'

/** What a delivery says of its data file; `<name>.manifest.json` beside it, put there last. */
export interface Manifest {
  /** The manifest's own file name. */
  name: string
  file: string
  bytes: number
  /** Data rows, the header not counted. */
  count: number
  hash: 'sha256' | 'sm3'
  /** Lower-case hex. */
  digest: string
  charset: 'utf-8' | 'gb18030'
  asOfMs: number
}

export const MANIFEST_SUFFIX = '.manifest.json'
export const MAX_MANIFEST_BYTES = 16 * 1024
const HASHES = { 'SHA-256': 'sha256', SM3: 'sm3' } as const

interface ManifestText {
  file: string
  bytes: number
  count: number
  digest: { alg: keyof typeof HASHES; value: string }
  charset: string
  asOf: string
}

const count = { type: 'integer', minimum: 0 } as const
const isManifest = new Ajv2020().compile<ManifestText>({
  type: 'object',
  properties: {
    // A plain name: no folder, no hidden file.
    file: { type: 'string', pattern: '^[^./\\\\\\u0000][^/\\\\\\u0000]{0,199}$' },
    bytes: count,
    count,
    digest: {
      type: 'object',
      properties: {
        alg: { enum: Object.keys(HASHES) },
        value: { type: 'string', pattern: '^[0-9a-fA-F]{64}$' },
      },
      required: ['alg', 'value'],
    },
    charset: { type: 'string' },
    asOf: { type: 'string' },
  },
  required: ['file', 'bytes', 'count', 'digest', 'charset', 'asOf'],
})

/** Reads a manifest. Errors: `provider.contract`, quoting nothing of it. */
export function readManifest(name: string, text: string): Manifest {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw contractBroken('a manifest is not JSON')
  }
  if (!isManifest(parsed)) throw contractBroken('a manifest lacks what it must say')
  const charset = charsetNamed(parsed.charset)
  if (charset === undefined) throw contractBroken('a manifest names an unknown charset')
  const asOfMs = momentOf(parsed.asOf)
  if (asOfMs === undefined) throw contractBroken('a manifest has no usable as-of')
  const { file, bytes, count: rows, digest } = parsed
  const hash = HASHES[digest.alg]
  return { name, file, bytes, count: rows, hash, digest: digest.value.toLowerCase(), charset, asOfMs }
}

/** RFC 3339, or China time written without a zone. */
function momentOf(text: string): number | undefined {
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)) {
    const atMs = Date.parse(text)
    return Number.isNaN(atMs) ? undefined : atMs
  }
  return instantFromText(text)
}
