import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type SecretCipher, wrapSecret } from '../../connectors/national-exchange/secret-cipher.ts'

/** What a service answers: its data, or its own code and message. */
export type ServiceAnswer = { data: unknown } | { code: string; message: string }

export interface NationalService {
  /** As the registration form states it; calls per caller and hour. */
  ratePerHour: number
  answer(query: Record<string, unknown>): ServiceAnswer
}

export interface NationalApp {
  rid: string
  authCode: string
  secret: string
  secretEndTime: number
  /** Services granted. */
  services: string[]
}

export interface NationalSimulatorOptions {
  apps: readonly NationalApp[]
  services: Readonly<Record<string, NationalService>>
  now?: () => number
  /** How long a refreshed secret lives. */
  secretTtlMs?: number
  /** How far `rtime` may be from the platform's clock. */
  windowMs?: number
  cipher?: SecretCipher
  port?: number
}

export interface NationalSimulator {
  url: string
  /** Every answered call: what its `requestId` leads to on the platform. */
  journal: { requestId: string; rid: string; sid: string; code: string }[]
  refreshes(): number
  /** Turns the refresh service off and on. */
  failRefresh(failing: boolean): void
  /** Stands in front of everything; `true` = it has dealt with the call. For tests of what goes wrong on the way. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
  close(): Promise<void>
}

export const REFRESH_SID = 's_000000000000_0001'

/**
 * A stand-in for the national exchange platform: checks the four marks of each call as appendix C has them, secrets
 * with their ends, rights and rates, and answers `{code, message, data, requestId}`, `code` "0" for success.
 *
 * The other codes are this simulator's own: the platform's list is not public.
 */
export async function startNationalSimulator(options: NationalSimulatorOptions): Promise<NationalSimulator> {
  const { services, now = Date.now, secretTtlMs = 48 * 3_600_000, windowMs = 300_000, cipher = 'sha1prng' } = options
  const apps = new Map(
    options.apps.map((app) => [app.rid, { ...app, secrets: [{ secret: app.secret, endsAtMs: app.secretEndTime }] }]),
  )
  const calls = new Map<string, number[]>()
  const journal: NationalSimulator['journal'] = []
  let refreshes = 0
  let refreshFails = false

  type Marks = Record<'rid' | 'sid' | 'rtime' | 'sign', string>
  const refuse = (code: string, message: string): ServiceAnswer => ({ code, message })

  function check({ rid, sid, rtime, sign }: Marks): ServiceAnswer | undefined {
    const app = apps.get(rid)
    if (app === undefined) return refuse('1001', '请求者标识不存在')
    if (!/^\d{13}$/.test(rtime) || Math.abs(Number(rtime) - now()) > windowMs)
      return refuse('1003', '请求时间超出允许范围')
    const fits = app.secrets.filter(({ secret }) => {
      const want = createHmac('sha256', secret).update(`${sid}${rid}${rtime}`).digest()
      const given = Buffer.from(sign, 'base64')
      return given.length === want.length && timingSafeEqual(given, want)
    })
    if (fits.length === 0) return refuse('1002', '签名不正确')
    if (fits.every(({ endsAtMs }) => now() >= endsAtMs)) return refuse('1004', '密钥已过期')
    return undefined
  }

  function serve(marks: Marks, query: Record<string, unknown>): ServiceAnswer {
    const fault = check(marks)
    if (fault !== undefined) return fault
    const service = Object.hasOwn(services, marks.sid) ? services[marks.sid] : undefined
    if (service === undefined) return refuse('2001', '服务不存在')
    if (!apps.get(marks.rid)?.services.includes(marks.sid)) return refuse('2002', '未获该服务授权')
    const key = `${marks.rid} ${marks.sid}`
    const recent = (calls.get(key) ?? []).filter((atMs) => atMs > now() - 3_600_000)
    if (recent.length >= service.ratePerHour) return refuse('2003', `超过调用频率 ${service.ratePerHour}/小时`)
    calls.set(key, [...recent, now()])
    return service.answer(query)
  }

  function refresh(marks: Marks): ServiceAnswer {
    const fault = check(marks)
    if (fault !== undefined) return fault
    if (marks.sid !== REFRESH_SID) return refuse('2001', '服务不存在')
    if (refreshFails) return refuse('9999', '系统繁忙')
    const app = apps.get(marks.rid)
    if (app === undefined) return refuse('1001', '请求者标识不存在')
    refreshes += 1
    const next = { secret: randomBytes(16).toString('hex'), endsAtMs: now() + secretTtlMs }
    // The old one stays good to its end: other processes of the caller may still be signing with it.
    app.secrets = [...app.secrets.filter(({ endsAtMs }) => endsAtMs > now()), next]
    return { data: { secret: wrapSecret(next.secret, app.authCode, cipher), secretEndTime: String(next.endsAtMs) } }
  }

  const reply = (response: ServerResponse, marks: Marks, answer: ServiceAnswer): void => {
    const requestId = randomUUID()
    const [code, message, data] = 'data' in answer ? ['0', '成功', answer.data] : [answer.code, answer.message, null]
    journal.push({ requestId, rid: marks.rid, sid: marks.sid, code })
    response.writeHead(200, { 'content-type': 'application/json;charset=UTF-8' })
    response.end(JSON.stringify({ code, message, data, requestId }))
  }

  const simulator = { intercept: () => false } as Partial<NationalSimulator>
  const server = createServer((request, response) => {
    if (simulator.intercept?.(request, response)) return
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = parse(Buffer.concat(chunks).toString('utf8'))
      if (request.method !== 'POST') return void response.writeHead(404).end()
      if (request.url === '/sysapi/auth/refreshappsecret') {
        const marks = marksOf(body)
        return reply(response, marks, refresh(marks))
      }
      const marks = marksOf(request.headers)
      reply(response, marks, request.url === '/httpproxy' ? serve(marks, body) : refuse('2001', '服务不存在'))
    })
  })
  await new Promise<void>((done) => server.listen(options.port ?? 0, '127.0.0.1', done))
  return Object.assign(simulator, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    journal,
    refreshes: () => refreshes,
    failRefresh: (failing: boolean) => {
      refreshFails = failing
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }) as NationalSimulator
}

function marksOf(from: Readonly<Record<string, unknown>>): Record<'rid' | 'sid' | 'rtime' | 'sign', string> {
  const text = (name: string) => {
    const value = from[`gjgxjhpt_${name}`]
    return typeof value === 'string' ? value : ''
  }
  return { rid: text('rid'), sid: text('sid'), rtime: text('rtime'), sign: text('sign') }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}
