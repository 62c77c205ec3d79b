import { createHash } from 'node:crypto'
import { importVerificationJwk } from '../adapters/crypto/jwk.ts'
import { parseCompactJws, verifyCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import { jsonOf } from './checks/check.ts'
import { runChecks } from './checks/index.ts'
import { FILE, MANIFEST_TYP, SUBJECT_NAMED } from './names.ts'
import type { Check, Manifest } from './types.ts'
import { type PackageFiles, readZip, ZipError } from './zip.ts'

export interface VerifiedPackage {
  /** True when nothing failed. Checks that were not possible do not fail a package; they are for the reader to weigh. */
  ok: boolean
  manifest: Manifest | null
  checks: Check[]
  /** Findings only the gateway could make, under its signature; empty when that does not verify. */
  attested: Check[]
  /** True when the keys came from the reader and not from the package itself. */
  keysGiven: boolean
}

export interface TrustedKeys {
  /** The gateway's JWKS as obtained from the gateway; in place of the package's own. */
  jwks?: Buffer
  /** Verifier keys of the log, one per line. */
  logVkeys?: string
}

/**
 * Checks a package with no network and no database: the archive, the manifest and its signature, and every check that
 * was run when it was made, again.
 *
 * Errors: `ZipError` when the archive cannot be read at all.
 */
export async function verifyPackage(
  archive: Buffer,
  crypto: CryptoProvider,
  trusted: TrustedKeys = {},
): Promise<VerifiedPackage> {
  const packed = readZip(archive)
  const files = new Map(packed)
  if (trusted.jwks !== undefined) files.set(FILE.jwks, trusted.jwks)
  if (trusted.logVkeys !== undefined) files.set(FILE.logVkey, Buffer.from(trusted.logVkeys))
  if (!files.has(FILE.entry) || !files.has(FILE.manifest)) throw new ZipError('the archive is no evidence package')
  const manifest = jsonOf<Manifest>(files, FILE.manifest) ?? null
  const signature = await manifestSignature(files, manifest, crypto)
  const vouched = signature.result === 'passed'
  const checks = [manifestFiles(packed, manifest), signature, ...(await runChecks(files, crypto))]
  return {
    ok: checks.every(({ result }) => result !== 'failed'),
    manifest,
    checks,
    attested: vouched ? (manifest?.checks ?? []).filter(({ id }) => id === SUBJECT_NAMED) : [],
    keysGiven: trusted.jwks !== undefined && (trusted.logVkeys !== undefined || !packed.has(FILE.proof)),
  }
}

function manifestFiles(files: PackageFiles, manifest: Manifest | null): Check {
  const title = { id: 'manifest', zh: '文件与清单一致', en: 'the files are those of the manifest' }
  const stated = new Map((manifest?.files ?? []).map(({ name, sha256 }) => [name, sha256]))
  const names = [...files.keys()].filter((name) => name !== FILE.manifest && name !== FILE.manifestSignature)
  const wrong = [
    ...names.filter((name) => stated.get(name) !== createHash('sha256').update(files.get(name)!).digest('hex')),
    ...[...stated.keys()].filter((name) => !files.has(name)),
  ]
  return wrong.length === 0 && manifest !== null
    ? { ...title, result: 'passed', detail: { zh: `${names.length} 个文件`, en: `${names.length} files` } }
    : {
        ...title,
        result: 'failed',
        detail: { zh: `被改动、缺少或多出：${wrong.join('、')}`, en: `changed, absent or added: ${wrong.join(', ')}` },
      }
}

async function manifestSignature(
  files: PackageFiles,
  manifest: Manifest | null,
  crypto: CryptoProvider,
): Promise<Check> {
  const title = { id: 'manifest-signature', zh: '清单由网关签名', en: 'the manifest is signed by the gateway' }
  try {
    const jws = parseCompactJws(files.get(FILE.manifestSignature) ?? Buffer.alloc(0))
    const jwks = jsonOf<{ keys: Record<string, unknown>[] }>(files, FILE.jwks)?.keys ?? []
    const key = jwks.map(importVerificationJwk).find(({ kid }) => kid === jws.header.kid)
    const good =
      jws.header.typ === MANIFEST_TYP &&
      key !== undefined &&
      jws.payloadBytes.equals(files.get(FILE.manifest)!) &&
      (await verifyCompactJws(crypto, jws, key)) &&
      manifest?.exchangeId === jsonOf<{ exchangeId: string }>(files, FILE.entry)?.exchangeId
    if (good) return { ...title, result: 'passed', detail: { zh: `公钥 ${key.kid}`, en: `key ${key.kid}` } }
  } catch {
    // Not a signature at all: the finding below says so.
  }
  return {
    ...title,
    result: 'failed',
    detail: { zh: '签名无效或属于另一清单', en: 'not a valid signature of this manifest' },
  }
}
