import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Installation } from '../../seeds/installation/installation.ts'
import { FATHER, GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { type Answered, call, jose, jws, payloadOf, tokenFor } from '../support/wire.ts'

export const SYSTEM = 'rc-enrolment'
export const caseOf = (n: number): string => `11371082PDY003018B337070500100120261121${String(n).padStart(4, '0')}`

export const BATCH_MEMBERS = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  purpose: '义务教育入学资格核验',
  operator: { ...OPERATORS.education },
  fields: ['household-registration.address', 'household-registration.householder'],
}

export interface Line {
  line: number
  subject: { type: string; idType: string; id: string; name?: string }
  case?: string
  [member: string]: unknown
}

export const subjectOf = ({ id }: { id: string }) => ({ type: 'person', idType: 'resident-id', id })
/** Released for cases this department has; refused without a case; invalid where the number is. */
export const goodLine = (line: number, id = [PUPIL, FATHER, GUARDIAN][line % 3]!.id): Line => ({
  line,
  subject: subjectOf({ id }),
  case: caseOf(line % 10_000),
})

export const ndjson = (lines: readonly object[]): Buffer =>
  Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('base64url')

/** Tokens live five minutes. */
const TOKEN_MS = 200_000

/** A department's system at work on batches, over the wire. */
export function bulk(city: { installation: Installation; gateway: { dataUrl: string } }, system = SYSTEM) {
  const key = city.installation.systemKeys.get(system)!.jwk
  const tokens = new Map<string, { token: string; untilMs: number }>()
  async function bearer(url: string): Promise<string> {
    const known = tokens.get(url)
    if (known !== undefined && known.untilMs > Date.now()) return known.token
    const token = String((await tokenFor(url, system, key)).json().access_token)
    tokens.set(url, { token, untilMs: Date.now() + TOKEN_MS })
    return token
  }
  const create = async (members: Record<string, unknown>, url = city.gateway.dataUrl): Promise<Answered> =>
    call(url, jose('/v1/batches', await jws(key, payloadOf(system, 'batches', members as never))))
  const send = async (
    method: string,
    path: string,
    {
      body,
      headers = {},
      url = city.gateway.dataUrl,
    }: { body?: Buffer | string; headers?: Record<string, string>; url?: string } = {},
  ): Promise<Answered> =>
    call(url, {
      method,
      path: `/v1/batches${path}`,
      headers: { authorization: `Bearer ${await bearer(url)}`, ...headers },
      ...(body !== undefined && { body }),
      ...(Buffer.isBuffer(body) && { chunked: true }),
    })
  return {
    bearer,
    create,
    send,
    /** Created and uploaded; answers its id. */
    async begin(lines: readonly object[], members: Record<string, unknown> = {}): Promise<string> {
      const body = ndjson(lines)
      const created = await create({ ...BATCH_MEMBERS, count: lines.length, subjectsSha256: sha256(body), ...members })
      if (created.status !== 201) throw new Error(created.text)
      const id = String(created.json().id)
      const put = await send('PUT', `/${id}/subjects`, { body })
      if (put.status !== 200) throw new Error(put.text)
      return id
    },
    async finished(id: string, withinMs = 60_000): Promise<Record<string, unknown>> {
      for (const until = Date.now() + withinMs; Date.now() < until; await sleep(100)) {
        const view = (await send('GET', `/${id}`)).json()
        if (view.completedAt !== null) return view
      }
      throw new Error(`not finished: ${(await send('GET', `/${id}`)).text}`)
    },
    async results(id: string): Promise<{ text: string; rows: ResultLine[] }> {
      const { status, text } = await send('GET', `/${id}/results`)
      if (status !== 200) throw new Error(text)
      return {
        text,
        rows: text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as ResultLine),
      }
    },
  }
}

export interface ResultLine {
  line: number
  outcome: string
  exchangeId: string
  data?: Record<string, unknown>
  evidence?: string
  problem?: { code: string }
}
