import type { RecordLine, WholeRecord } from './records.ts'

/** A line as it is answered; indexes are text, since they outgrow what JSON readers count exactly. */
export const showLine = ({ index, recordedAtMs, ...columns }: RecordLine): Record<string, unknown> => ({
  index: String(index),
  recordedAt: new Date(recordedAtMs).toISOString(),
  ...columns,
})

/** One record whole, and where to go from it. Values are not here: whoever received them must present them. */
export function showWhole({ line, entry, side, issuerJwt }: WholeRecord): Record<string, unknown> {
  return {
    ...showLine(line),
    entry: parsed(entry),
    side,
    values: line.outcome === 'released' && line.mode !== 'admin' ? holderOf(line, issuerJwt) : null,
    links: {
      self: `/admin/v1/records/${line.exchangeId}`,
      evidencePackage: `/admin/v1/records/${line.exchangeId}/evidence-package`,
      proof: `/v1/exchanges/${line.exchangeId}/proof`,
    },
  }
}

function parsed(entry: Buffer): unknown {
  try {
    return JSON.parse(entry.toString('utf8'))
  } catch {
    return null
  }
}

function holderOf({ system, member }: RecordLine, issuerJwt: string | null): Record<string, unknown> {
  const heldBy = audienceOf(issuerJwt) ?? system
  return {
    heldBy,
    member,
    evidenceKept: issuerJwt !== null,
    zh: `网关不保存数据值；数据值由收到应答的系统 ${heldBy} 持有，须由其出示披露（SD-JWT disclosure）后与证据核对`,
    en: `the gateway keeps no values; system ${heldBy}, which received the answer, holds them and must present the disclosure`,
  }
}

/** `aud` of the evidence: the system it was made out to. */
function audienceOf(jwt: string | null): string | undefined {
  try {
    const { aud } = JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString('utf8')) as { aud?: unknown }
    return typeof aud === 'string' ? aud : undefined
  } catch {
    return undefined
  }
}
