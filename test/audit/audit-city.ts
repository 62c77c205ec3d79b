import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPostgresAnomalySearch } from '../../gateway/adapters/postgres/audit/examine.ts'
import type { AnomalySearch } from '../../gateway/audit/findings.ts'
import { type AuditService, createAuditService } from '../../gateway/audit-service.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import type { Subject } from '../../gateway/exchange.ts'
import type { RecordColumns, RecordDraft, RecordSide } from '../../gateway/ports/exchange-log.ts'
import { draft } from '../conformance/exchange-log.ts'
import { crypto, DIGEST_KEY, GATEWAY, type Management, management, type Who } from '../operators/management.ts'

export const PERSON: Subject = { type: 'person', idType: 'resident-id', id: '371099198803120026' }
export const CHILD: Subject = { type: 'person', idType: 'resident-id', id: '371099201907120017' }
/** Nobody's number, well formed, sequence `n` of one county and birthday (GB 11643 check). */
export function neighbour(n: number, birthday = '19900101'): Subject {
  const body = `371099${birthday}${String(n).padStart(3, '0')}`
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, place) => total + weight * Number(body[place]), 0)
  return { type: 'person', idType: 'resident-id', id: `${body}${'10X98765432'[sum % 11]}` }
}

/** One of many people who were born in different years: no two of one neighbourhood. */
export const stranger = (n: number): Subject => neighbour(7, `${1920 + n}0315`)

export interface Told {
  atMs?: number
  subject?: Subject
  parties?: Subject[]
  operator?: string
  columns?: Partial<RecordColumns>
  side?: Partial<RecordSide>
  entry?: object
}

/** A management plane with auditors' routes over a log that tests append to as the gateway does. */
export interface AuditCity extends Management {
  service: AuditService
  /** The same plane behind a real socket, for those who come over HTTP. */
  serve(): Promise<{ url: string; close(): void }>
  jobs: AnomalySearch
  /** Appends records through the log adapter, in order; answers their exchange ids. */
  tell(...records: Told[]): Promise<string[]>
  ask(path: string, options?: { who?: Who; body?: unknown; headers?: Record<string, string> }): Promise<Response>
  json(path: string, options?: { who?: Who; body?: unknown }): Promise<{ status: number; body: Answer }>
}
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member.
type Answer = any

export const CATALOG = {
  members: new Map([
    ['rc-jyj', { id: 'rc-jyj', name: '测试教育局' }],
    ['rc-gaj', { id: 'rc-gaj', name: '测试公安局' }],
  ]),
  systems: new Map([
    ['rc-enrolment', { member: { id: 'rc-jyj' }, system: { id: 'rc-enrolment', status: 'active' } }],
    ['rc-population', { member: { id: 'rc-gaj' }, system: { id: 'rc-population', status: 'active' } }],
  ]),
  datasets: new Map([
    ['household-registration', { id: 'household-registration', provider: 'rc-gaj' }],
    ['student-record', { id: 'student-record', provider: 'rc-jyj' }],
  ]),
  items: new Map([
    ['rongcheng-p-008', { id: 'rongcheng-p-008', name: '=入学报名' }],
    ['rongcheng-p-042-1', { id: 'rongcheng-p-042-1', name: '参保证明' }],
  ]),
  scenarios: new Map([
    ['P2.1', { id: 'P2.1', stage: { no: 2, name: '教育' } }],
    ['P11.2', { id: 'P11.2', stage: { no: 11, name: '身后' } }],
  ]),
} as unknown as Catalog

export async function auditCity(options: { exportRowLimit?: number; nowMs?: number } = {}): Promise<AuditCity> {
  const plane = await management()
  if (options.nowMs !== undefined) plane.clock.ms = options.nowMs
  const service = createAuditService({
    ...plane,
    gatewayId: GATEWAY,
    databaseUrl: plane.database.url,
    crypto,
    cursorKey: { id: 'k1', bytes: Buffer.alloc(32, 3) },
    // A stand-in for tokens of systems: the data plane's own tests cover them.
    tokens: { authenticate: async (header) => (header ?? '').replace('Bearer ', '') },
    catalog: () => CATALOG,
    now: () => plane.clock.ms,
    ...(options.exportRowLimit !== undefined && { exportRowLimit: options.exportRowLimit }),
  })
  const jobs = createPostgresAnomalySearch({ url: plane.database.ownerUrl })
  const app = plane.app(...service.managementRoutes, ...service.dataRoutes)
  const ask: AuditCity['ask'] = async (path, { who = 'audit', body, headers = {} } = {}) =>
    await app.request(path, {
      headers: {
        authorization: `Bearer ${await plane.token(who)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
  return {
    ...plane,
    service,
    jobs,
    ask,
    async serve() {
      const server = createServer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        const answer = await app.request(request.url ?? '/', {
          method: request.method ?? 'GET',
          headers: Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
          ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
        })
        response
          .writeHead(answer.status, Object.fromEntries(answer.headers))
          .end(Buffer.from(await answer.arrayBuffer()))
      })
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
    },
    async tell(...records) {
      const drafts = records.map((told) => draftOf(plane, told))
      await plane.log.appendAll(drafts)
      return drafts.map(({ exchangeId }) => exchangeId)
    },
    async json(path, given) {
      const response = await ask(path, given)
      return { status: response.status, body: await response.json() }
    },
    async stop() {
      await Promise.all([service.close(), jobs.close()])
      await plane.stop()
    },
  }
}

function draftOf({ digests, clock }: Management, told: Told): RecordDraft {
  const subject = told.subject ?? PERSON
  const columns: RecordColumns = {
    mode: 'query',
    outcome: 'released',
    code: null,
    member: 'rc-jyj',
    system: 'rc-enrolment',
    onBehalfOf: null,
    scenario: 'P2.1',
    item: 'rongcheng-p-008',
    caseNo: 'CASE-1',
    application: null,
    purpose: '义务教育入学资格核验',
    datasets: ['household-registration'],
    fields: ['household-registration.address', 'guardian:household-registration.householder'],
    catalogVersion: 'c1',
    policyVersion: 'p1',
    grants: ['grant-1'],
    ...told.columns,
  }
  return draft({
    exchangeId: randomUUID(),
    recordedAtMs: told.atMs ?? clock.ms,
    entry: Buffer.from(
      JSON.stringify(told.entry ?? { v: 1, sources: { 'guardian:household-registration': { status: 'ok' } } }),
    ),
    columns,
    side: {
      salt: randomBytes(32),
      subjectDigest: digests.of(subject),
      partyDigests: (told.parties ?? []).map((party) => digests.of(party)),
      operatorDigest: digests.ofOperator(columns.system, told.operator ?? 'jyj-0231'),
      neighbourhoodDigest: digests.ofNeighbourhood(subject),
      sealedOperator: randomBytes(60),
      sealedRequest: randomBytes(200),
      issuerJwt: `e30.${Buffer.from(JSON.stringify({ aud: columns.system })).toString('base64url')}.c2ln`,
      ...told.side,
    },
  })
}

export { DIGEST_KEY }
