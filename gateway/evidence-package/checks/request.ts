import { createHmac } from 'node:crypto'
import { importVerificationJwk } from '../../adapters/crypto/jwk.ts'
import type { Subject } from '../../exchange.ts'
import { normaliseSubjectId } from '../../identifiers/index.ts'
import { parseCompactJws, verifyCompactJws } from '../../jose/compact-jws.ts'
import { parseJsonObject } from '../../requests/json-body.ts'
import { chinaDay, subjectKey } from '../../requests/subjects.ts'
import { type EntryView, isExchange } from '../entry-view.ts'
import { FILE } from '../names.ts'
import type { Check } from '../types.ts'
import { failed, jsonOf, type Material, notApplicable, notPossible, passed, textOf } from './check.ts'

const TITLES = {
  'request-signature': { zh: '请求由需求方系统签名', en: 'the request is signed by the consumer’s system' },
  'request-commitment': { zh: '请求即日志条目所指的请求', en: 'the request is the one the log entry names' },
  'subject-commitment': {
    zh: '主体、当事人与经办人即条目所指',
    en: 'subject, parties and operator are those the entry names',
  },
} as const

type Finding = Pick<Check, 'result' | 'detail'>

/** HMAC-SHA-256 under the record's own salt: what stands in the entry in place of an identifier. */
export const commitment = (salt: Buffer, text: string): string =>
  createHmac('sha256', salt).update(text).digest('base64url')

/** The opened request: whose it is, and that it is the one the entry commits to. */
export async function requestChecks(material: Material): Promise<Check[]> {
  const { files, entry } = material
  const all = (finding: Finding): Check[] => Object.entries(TITLES).map(([id, title]) => ({ id, ...title, ...finding }))
  if (entry.kind === 'administration')
    return all(notApplicable('管理行为没有数据请求', 'an administrative act has no data request'))
  const body = files.get(FILE.requestJws) ?? files.get(FILE.requestJson)
  const salt = Buffer.from(textOf(files, FILE.salt) ?? '', 'base64url')
  if (body === undefined || salt.length === 0) {
    return all(
      notPossible(
        '请求密封保存，本包未启封（启封须写明事由并另行留痕）',
        'the request is kept sealed and was not opened for this package (opening takes a reason and is recorded)',
      ),
    )
  }
  return [
    { id: 'request-signature', ...TITLES['request-signature'], ...(await signature(material, body)) },
    { id: 'request-commitment', ...TITLES['request-commitment'], ...sameRequest(material, body, salt) },
    { id: 'subject-commitment', ...TITLES['subject-commitment'], ...samePeople(entry, body, salt) },
  ]
}

async function signature({ files, entry, crypto }: Material, body: Buffer): Promise<Finding> {
  if (entry.dialect !== null)
    return notApplicable(
      `请求按旧方言 ${entry.dialect.name} 以共享密钥提出，没有可由第三方验证的签名；依方案 ${entry.dialect.profile ?? '—'} 接纳`,
      `the request came in the dialect ${entry.dialect.name} under a shared secret, which no third party can verify; admitted by profile ${entry.dialect.profile ?? '—'}`,
    )
  if (entry.signed !== true)
    return notApplicable(
      '请求以访问令牌提出，没有逐笔签名',
      'the request came with an access token, without a signature',
    )
  if (entry.mode === 'batch')
    return notApplicable(
      `批次中的一行：签名在批次受理的记录上${batchNote(body)}，覆盖全部行的摘要`,
      `a line of a batch: the signature is with the record of the batch${batchNote(body)} and covers the digest of all lines`,
    )
  const keys = (jsonOf<{ keys: Record<string, unknown>[] }>(files, FILE.senderKeys)?.keys ?? []).map(
    importVerificationJwk,
  )
  if (keys.length === 0)
    return notPossible('需求方当时的公钥已不在登记中', 'the key the consumer used is no longer registered')
  try {
    const jws = parseCompactJws(body)
    const key = keys.find(({ kid }) => kid === jws.header.kid)
    const issuer = parseJsonObject(jws.payloadBytes).iss
    if (key !== undefined && issuer === entry.system && (await verifyCompactJws(crypto, jws, key)))
      return passed(
        `以系统 ${entry.system} 的公钥 ${key.kid} 验签通过`,
        `verified with key ${key.kid} of system ${entry.system}`,
      )
  } catch {
    return failed('请求不是签名文本', 'the request is no signed text')
  }
  return failed('验签未通过', 'the signature does not verify')
}

/** The record of the batch bears the batch's own number. */
function batchNote(body: Buffer): string {
  const batch = openedRequest(body)?.batch
  return typeof batch === 'string' ? ` (${batch})` : ''
}

function sameRequest({ files, entry, crypto }: Material, body: Buffer, salt: Buffer): Finding {
  if (entry.requestHash === null)
    return notApplicable('条目没有请求的承诺值', 'the entry has no commitment to a request')
  const hash = crypto.digest('SHA-256', body).toString('base64url')
  const jwtPayload = textOf(files, FILE.issuerJwt)?.split('.')[1]
  const claimed =
    jwtPayload === undefined
      ? hash
      : (JSON.parse(Buffer.from(jwtPayload, 'base64url').toString('utf8')) as { requestHash?: string }).requestHash
  if (commitment(salt, hash) !== entry.requestHash)
    return failed('与条目中的承诺值不符', 'it does not meet the commitment in the entry')
  return claimed === hash
    ? passed(
        `SHA-256 ${hash}，与条目承诺值及证据一致`,
        `SHA-256 ${hash}; meets the entry’s commitment and the evidence`,
      )
    : failed('与证据所述的请求摘要不符', 'it has not the digest the evidence states')
}

function samePeople(entry: EntryView, body: Buffer, salt: Buffer): Finding {
  if (entry.subjects !== null) return sameReported(entry.subjects, entry, body, salt)
  if (!isExchange(entry) || entry.subject === null)
    return notApplicable('记录没有确立请求的主体', 'no subject of a request was established')
  const request = openedRequest(body)
  if (entry.dialect !== null) return sameInDialect(entry, body, salt)
  if (request === undefined) return failed('请求读不懂', 'the request cannot be read')
  if (request.subject === undefined) return sameInForm(entry, request, salt)
  const today = chinaDay(Date.parse(entry.receivedAt ?? entry.at))
  const meets = (subject: Subject | undefined, committed: string | undefined): boolean => {
    if (subject === undefined || committed === undefined) return subject === undefined && committed === undefined
    const normal = normaliseSubjectId(subject.idType, subject.id, today)
    return normal.ok && commitment(salt, subjectKey({ ...subject, id: normal.normal })) === committed
  }
  const roles = [...new Set([...Object.keys(request.parties ?? {}), ...Object.keys(entry.parties ?? {})])]
  const wrong = [
    ...(meets(request.subject, entry.subject.commitment) ? [] : ['subject']),
    ...roles.filter((role) => !meets(request.parties?.[role], entry.parties?.[role]?.commitment)),
    ...((request.operator && commitment(salt, `operator:${request.operator.id}`)) === entry.operator?.commitment
      ? []
      : ['operator']),
  ]
  return wrong.length === 0
    ? passed('以记录自身的随机数重算，承诺值逐一相符', 'recomputed with the record’s own salt, every commitment is met')
    : failed(`不符：${wrong.join('、')}`, `not met: ${wrong.join(', ')}`)
}

/** A form names its people by its own roles: subject, parties and operator must each be somebody in it. */
function sameInForm({ subject, parties, operator, receivedAt, at }: EntryView, request: OpenedRequest, salt: Buffer) {
  const people = everySubject(request.subjects)
  if (people.length === 0)
    return notPossible(
      '请求只指明先前的一次预填，当事人见该次预填的记录',
      'the request names an earlier prefill only; its people are in the record of that',
    )
  const today = chinaDay(Date.parse(receivedAt ?? at))
  const met = new Set(commitmentsTo(people, today, salt))
  if (request.operator !== undefined) met.add(commitment(salt, `operator:${request.operator.id}`))
  const named = Object.entries({ subject, ...parties, operator })
  const wrong = named.flatMap(([role, one]) => (one === null || met.has(one.commitment) ? [] : [role]))
  return wrong.length === 0
    ? passed('以记录自身的随机数重算，承诺值逐一相符', 'recomputed with the record’s own salt, every commitment is met')
    : failed(`不符：${wrong.join('、')}`, `not met: ${wrong.join(', ')}`)
}

const commitmentsTo = (people: readonly Subject[], today: string, salt: Buffer): string[] =>
  people.flatMap((subject) => {
    const normal = normaliseSubjectId(subject.idType, subject.id, today)
    return normal.ok ? [commitment(salt, subjectKey({ ...subject, id: normal.normal }))] : []
  })

/**
 * An old caller's body has names of its own, which the profile turned into members: subject and operator must be met by
 * some text in it.
 */
function sameInDialect(entry: EntryView, body: Buffer, salt: Buffer): Finding {
  const today = chinaDay(Date.parse(entry.receivedAt ?? entry.at))
  const texts = dialectTexts(body)
  const { subject, operator } = entry
  const { type, idType } = subject as Pick<Subject, 'type' | 'idType'>
  const met = texts.some((id) => {
    const normal = normaliseSubjectId(idType, id, today)
    return normal.ok && commitment(salt, subjectKey({ type, idType, id: normal.normal })) === subject?.commitment
  })
  const asked = operator === null || texts.some((text) => commitment(salt, `operator:${text}`) === operator.commitment)
  const wrong = [...(met ? [] : ['subject']), ...(asked ? [] : ['operator'])]
  return wrong.length === 0
    ? passed('以记录自身的随机数重算，承诺值逐一相符', 'recomputed with the record’s own salt, every commitment is met')
    : failed(`不符：${wrong.join('、')}`, `not met: ${wrong.join(', ')}`)
}

/** Every text of an old caller's body, JSON or form. */
function dialectTexts(body: Buffer): string[] {
  const members = openedRequest(body)
  if (members === undefined) return [...new URLSearchParams(body.toString('utf8')).values()]
  const walk = (value: unknown): string[] =>
    typeof value === 'string'
      ? [value.trim()]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(walk)
        : []
  return walk(members)
}

/** A report names its subjects in its own members: each commitment must be met by somebody in it. */
function sameReported(
  subjects: NonNullable<EntryView['subjects']>,
  entry: EntryView,
  body: Buffer,
  salt: Buffer,
): Finding {
  const today = chinaDay(Date.parse(entry.receivedAt ?? entry.at))
  const met = new Set(commitmentsTo(everySubject(openedRequest(body)), today, salt))
  const wrong = subjects.filter((subject) => !met.has(subject.commitment)).map(({ role }) => role)
  return wrong.length === 0
    ? passed('以记录自身的随机数重算，承诺值逐一相符', 'recomputed with the record’s own salt, every commitment is met')
    : failed(`不符：${wrong.join('、')}`, `not met: ${wrong.join(', ')}`)
}

function everySubject(value: unknown): Subject[] {
  if (typeof value !== 'object' || value === null) return []
  const { type, idType, id } = value as Partial<Subject>
  const own = [type, idType, id].every((member) => typeof member === 'string') ? [value as Subject] : []
  return [...own, ...Object.values(value).flatMap(everySubject)]
}

export interface OpenedRequest {
  subject?: Subject
  parties?: Record<string, Subject>
  operator?: { id: string; name?: string; unit?: string; assurance: string }
  [member: string]: unknown
}

/** The members of a request, signed or plain; undefined when it cannot be read. */
export function openedRequest(body: Buffer): OpenedRequest | undefined {
  try {
    const text = body.toString('utf8')
    return parseJsonObject(
      text.trimStart().startsWith('{') ? body : parseCompactJws(body).payloadBytes,
    ) as OpenedRequest
  } catch {
    return undefined
  }
}
