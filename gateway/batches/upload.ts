import { createHash } from 'node:crypto'
import { asExchangeError, ExchangeError, type Reason } from '../errors/exchange-error.ts'
import { assertPlainJson, parseJsonObject } from '../requests/json-body.ts'
import { lineShape } from './batch.schema.ts'
import { exchangeIdOf } from './batch-id.ts'
import { linesOf } from './line-reader.ts'
import { destroyed } from './results.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { Batch, BatchStore, StagedLine } from './types.ts'

export interface UploadDeps {
  store: BatchStore
  staging: StagingSeal
  newId: () => string
  /** Lets whoever is being answered go first. */
  giveWay: () => Promise<void>
}

/** Lines that go to the database together: what bounds the memory of an upload, and how long others wait for the thread. */
const STAGED_TOGETHER = 100
/** Lines checked and sealed at a stretch; about a millisecond. */
const STRETCH = 20

/**
 * Takes the subjects of a batch in as they arrive, sealed, and lets the batch run once count and digest are those that
 * were signed. Anything else refuses the whole upload, and the batch waits for another one (R99). A batch has one upload
 * at a time: a later one takes the place of an earlier one, of whose connection nobody may know that it is dead.
 *
 * Errors: `request.malformed` naming the line, or `count`, or `digest`; never what stands in a line. The same subjects
 *         again are taken as the repeat they are, until the batch is destroyed (`request.unknown-resource`).
 *         `upload-overtaken` (409) for the earlier of two uploads.
 */
export function createUpload({ store, staging, newId, giveWay }: UploadDeps) {
  const sealed =
    (batch: Batch) =>
    (line: number, bytes: Buffer): StagedLine => ({
      line,
      exchangeId: exchangeIdOf(batch.id, line),
      sealed: staging.seal(batch, 'line', line, bytes),
    })

  return async function upload(batch: Batch, body: AsyncIterable<Uint8Array>): Promise<void> {
    const signed = { count: batch.count, subjectsSha256: batch.subjectsSha256 ?? gone() }
    if (batch.state !== 'awaiting-subjects') return await readAll(signed, { body, giveWay }, () => null)
    const id = newId()
    await store.beginUpload(id, batch.id)
    try {
      await readAll(signed, { body, giveWay }, sealed(batch), async (lines) => {
        if (!(await store.stage(id, lines))) throw overtaken()
      })
      const taken = await store.acceptUpload(id, batch.id)
      if (taken === 'overtaken') throw overtaken()
      // Another upload of the same subjects was accepted before this one began, or the batch was cancelled meanwhile.
      if (taken === 'not-awaited') await store.dropUpload(id)
    } catch (thrown) {
      await store.dropUpload(id).catch(() => undefined)
      throw thrown
    }
  }
}

/** Lines as they come, and what happens between them. */
interface Incoming {
  body: AsyncIterable<Uint8Array>
  giveWay: () => Promise<void>
}

async function readAll<T>(
  { count, subjectsSha256 }: { count: number; subjectsSha256: string },
  { body, giveWay }: Incoming,
  take: (line: number, bytes: Buffer) => T,
  keep: (taken: T[]) => Promise<void> = async () => undefined,
): Promise<void> {
  const digest = createHash('sha256')
  let line = 0
  let together: T[] = []
  for await (const bytes of linesOf(body, digest)) {
    line += 1
    if (line > count) throw refused('count', `多于登记的 ${count} 行`, `more than the ${count} lines signed for`)
    assertLine(line, bytes)
    together.push(take(line, bytes))
    if (line % STRETCH === 0) await giveWay()
    if (together.length < STAGED_TOGETHER) continue
    await keep(together)
    together = []
  }
  if (line !== count) throw refused('count', `实际 ${line} 行，登记 ${count} 行`, `${line} lines, ${count} signed for`)
  if (digest.digest('base64url') !== subjectsSha256)
    throw refused('digest', '内容摘要与已签名的 subjectsSha256 不符', 'the digest is not the signed `subjectsSha256`')
  if (together.length > 0) await keep(together)
}

function assertLine(expected: number, bytes: Buffer): void {
  try {
    const members = parseJsonObject(bytes)
    assertPlainJson(bytes, members)
    const written = lineShape(false, members)
    if (written.line !== expected)
      throw refused('line', `line 应依次为 ${expected}`, `\`line\` must be ${expected} here`)
  } catch (thrown) {
    const { options } = asExchangeError(thrown)
    const reasons = options.reasons ?? [refusal('json', '不是 UTF-8 编码的 JSON 对象', 'is no JSON object in UTF-8')]
    throw new ExchangeError('request.malformed', 'a line does not fit the schema', {
      publicDetail: {
        zh: `第 ${expected} 行不符合接口约定，整批未受理`,
        en: `line ${expected} does not fit; nothing was taken in`,
      },
      reasons: reasons.map((reason) => ({
        ...reason,
        zh: `第 ${expected} 行：${reason.zh}`,
        en: `line ${expected}: ${reason.en}`,
      })),
    })
  }
}

const overtaken = (): ExchangeError =>
  new ExchangeError('request.malformed', 'another upload took its place', {
    status: 409,
    reasons: [
      {
        rule: 'upload-overtaken',
        zh: '同一批次另有较晚的上传，或本次上传历时过久，已改以后者为准',
        en: 'a later upload of this batch took its place, or this one took too long',
      },
    ],
  })

const gone = (): never => {
  throw destroyed()
}

const refusal = (rule: string, zh: string, en: string): Reason => ({ rule, zh, en })

export const refused = (rule: string, zh: string, en: string): ExchangeError =>
  new ExchangeError('request.malformed', en, { reasons: [refusal(rule, zh, en)] })
