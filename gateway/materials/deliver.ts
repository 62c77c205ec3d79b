import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import type { ReportDrafts, Reporter, ReportFacts } from '../events/report-record.ts'
import type { Authenticated, Received, Shaped } from '../exchange.ts'
import type { Html } from '../html.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog, RecordDraft } from '../ports/exchange-log.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { MaterialCodes } from '../ports/material-codes.ts'
import { MATERIAL_LIFETIME_MS } from '../prefill/answer.ts'
import type { Kept } from '../prefill/keep.ts'
import type { FormTask } from '../prefill/leg.ts'
import type { RunLegDeps } from '../prefill/run-leg.ts'
import { withoutChecks } from '../prefill/run-prefill.ts'
import { tasksOf } from '../prefill/tasks.ts'
import type { MaterialNote, PrefillRequest, PrefillRow } from '../prefill/types.ts'
import type { RecordDrafts } from '../record/draft.ts'
import { ExchangeEnded, type Stages } from '../run-exchange.ts'
import { assertNetwork } from '../stages/envelope.ts'
import { certificateCopy } from './copy-page.ts'
import { lookAtCertificate } from './look.ts'
import { verificationSheet } from './sheet-page.ts'
import { FILE_WITHIN_MS, type Paper } from './types.ts'
import { newVerificationCode } from './verification-code.ts'

export interface DeliverDeps {
  gatewayId: string
  crypto: CryptoProvider
  log: Pick<ExchangeLog, 'append' | 'appendAll'>
  /** Of exchanges, and of refusals. */
  drafts: RecordDrafts
  /** Of deliveries. */
  deliveries: ReportDrafts
  codes: MaterialCodes
  kept: Pick<Kept, 'open'>
  grants: Pick<GrantStore, 'candidates' | 'refresh'>
  stages: Pick<Stages, 'authenticate' | 'authorise' | 'charge' | 'shape' | 'sign'>
  /** Asks sources until `endsAtMs`. */
  fetchUntil: (endsAtMs: number) => RunLegDeps['fetch']
  newId: () => string
  /** Where papers can be checked, as they print it. */
  checkAt: string
  now: () => number
}

/** A paper, recorded; it may leave now. */
export interface Delivered {
  known: Authenticated
  index: bigint
  page: string
}

/** What a reference leads to: one material of one prefill of the calling system. */
interface Material {
  reporter: Reporter
  note: MaterialNote
  row: PrefillRow
  request: PrefillRequest
  task: FormTask
}

const DEADLINE_MS = 3_000
/** Grants may change while a certificate is read; a paper decided again this often gives up. */
const MAX_DECISIONS = 10

/**
 * Hands out what a reviewer files in place of a paper: a watermarked copy of a certificate, read anew, or a 核验单.
 *
 * Errors: `ExchangeEnded`: `request.unknown-resource` alike for a reference that never was, of another system and run out;
 *         `access.denied` where the certificate is no longer good (`certificate-not-valid`) or not granted; what any
 *         exchange can fail with.
 *
 * INVARIANT: nothing is handed out before its record, and that of what was read for it, are durable in one commit.
 */
export function createDeliver(deps: DeliverDeps): (received: Received, ref: string) => Promise<Delivered> {
  return async (received, ref) => {
    let known: Authenticated | null = null
    try {
      known = await deps.stages.authenticate(received)
      if (known.sender.system.status === 'suspended')
        throw new ExchangeError('identity.suspended', 'the system is suspended')
      assertNetwork(known)
      const material = await openMaterial(known, ref)
      const { certificate } = material.note
      if (certificate !== undefined) return await copyOf(material, certificate)
      const delivered = await issue(material, null, (paper) =>
        verificationSheet(paper, { checkedAtMs: material.row.createdAtMs, checked: material.note.checked }),
      )
      if (delivered === 'stale') throw new ExchangeError('internal', 'a sheet does not depend on grants')
      return delivered
    } catch (thrown) {
      if (thrown instanceof ExchangeEnded) throw thrown
      const failure = asExchangeError(thrown)
      if (known === null || failure.code === 'record.unavailable') throw new ExchangeEnded(known, failure)
      throw await refused(deps.drafts.ofFailure(known, null, failure, deps.now()), known, failure)
    }
  }

  async function openMaterial(known: Authenticated, ref: string): Promise<Material> {
    const [id = '', at = '', ...rest] = ref.split('.')
    const { kept, row } = await deps.kept.open(id, known.sender.system.id)
    const note = rest.length === 0 && /^(0|[1-9]\d{0,3})$/.test(at) ? kept.materials[Number(at)] : undefined
    // The very words of a prefill that never was: `kept.open`.
    const unknown = (): never => {
      throw new ExchangeError('request.unknown-resource', 'no such prefill of this system')
    }
    if (note === undefined || deps.now() > row.createdAtMs + MATERIAL_LIFETIME_MS) return unknown()
    const task = tasksOf(known, kept.request).find(({ item }) => item.id === note.item)
    if (task === undefined || task.acting === null) return unknown()
    return { reporter: asked(known, ref, kept.request, task.acting), note, row, request: kept.request, task }
  }

  /** What the record seals as the request: the reference says nothing without the prefill it is of, which runs out. */
  function asked(known: Authenticated, ref: string, request: PrefillRequest, acting: Reporter['acting']): Reporter {
    const body = Buffer.from(JSON.stringify({ ...request, material: ref }))
    const requestHash = deps.crypto.digest('SHA-256', body).toString('base64url')
    const received = { ...known.received, body }
    return { ...known, received, requestHash, payload: body, payloadBytes: body, acting, requestId: null }
  }

  /** Read, decided and recorded anew each time it is asked for: what was good an hour ago is no copy now. */
  async function copyOf(material: Material, certificate: string): Promise<Delivered> {
    const { reporter: known, note, request, task, row } = material
    const charged = new Set<string>()
    const exchangeId = deps.newId()
    for (let decisions = 1; decisions <= MAX_DECISIONS; decisions++) {
      const nowMs = deps.now()
      const requestId = { iss: known.sender.system.id, jti: row.id, expiresAtMs: nowMs }
      const context = { authenticated: known, request, requestId, newId: () => exchangeId }
      const runs = { ...deps.stages, grants: deps.grants, fetch: deps.fetchUntil(nowMs + DEADLINE_MS), nowMs }
      const look = await lookAtCertificate({ ...note, certificate }, task, context, runs, charged)
      if (!look.ok) {
        const { identified, failure } = look
        throw await refused(deps.drafts.ofFailure(identified, identified, failure, deps.now()), identified, failure)
      }
      const { seen } = look
      const delivered = await issue(material, seen.released, (paper) =>
        seen.rows.length > 0
          ? certificateCopy(paper, seen, known.catalog)
          : verificationSheet(paper, {
              checkedAtMs: nowMs,
              checked: note.checked.map((each) => ({ ...each, asOf: seen.source.asOf })),
            }),
      )
      if (delivered !== 'stale') return delivered
      await deps.grants.refresh()
    }
    throw new ExchangeError('record.unavailable', `grants changed ${MAX_DECISIONS} times during one delivery`)
  }

  /** Makes the paper, records it with what was read for it, and only then gives it. */
  async function issue(
    { reporter, note, request, task, row }: Material,
    read: Shaped | null,
    write: (paper: Paper) => Html,
  ): Promise<Delivered | 'stale'> {
    const issuedAtMs = deps.now()
    const code = newVerificationCode((bytes) => deps.crypto.random(bytes))
    const digest = deps.crypto.digest('SHA-256', Buffer.from(code))
    const paper: Paper = {
      gatewayId: deps.gatewayId,
      note,
      department: reporter.acting.name,
      item: task.item.name,
      purpose: task.purpose,
      caseNo: request.case ?? null,
      application: request.application ?? null,
      bearer: task.subjects[note.role],
      checkAt: deps.checkAt,
      code,
      issuedAtMs,
      fileByMs: issuedAtMs + FILE_WITHIN_MS,
    }
    const page = write(paper).text
    const exchanges = read === null ? [] : [await exchangeDraft(read)]
    const facts: ReportFacts = {
      kind: 'material',
      scenario: task.scenario,
      item: task.item.id,
      caseNo: paper.caseNo,
      application: paper.application,
      purpose: task.purpose,
      subjects: paper.bearer === undefined ? [] : [{ role: note.role, subject: paper.bearer }],
      details: {
        paper: read !== null && Object.keys(read.data).length > 0 ? 'copy' : 'sheet',
        material: note.code,
        form: task.form.id,
        prefill: row.id,
        exchange: read?.exchangeId ?? note.exchangeId,
        fileBy: new Date(paper.fileByMs).toISOString(),
        /** Ties the printed code, and the very bytes of the paper, to this entry. */
        codeSha256: digest.toString('base64url'),
        pageSha256: deps.crypto.digest('SHA-256', Buffer.from(page)).toString('hex'),
      },
      committed: {},
    }
    // The code first: one without a record leads nowhere, a record whose code is lost could not be checked.
    await deps.codes.put({ digest, exchangeId: reporter.exchangeId, issuedAtMs })
    const delivery = deps.deliveries(reporter, reporter.exchangeId, facts, issuedAtMs)
    const results = await deps.log.appendAll([...exchanges, delivery])
    const result = results.at(-1)!
    if (result.status === 'stale') return 'stale'
    if (result.status !== 'recorded') throw new ExchangeError('internal', 'a delivery cannot be a repeat')
    return { known: reporter, index: result.index, page }
  }

  async function exchangeDraft(read: Shaped): Promise<RecordDraft> {
    const evidence = await deps.stages.sign({ ...read, sources: withoutChecks(read) })
    return { ...deps.drafts.ofRelease({ ...evidence, sources: read.sources }, deps.now()), requestId: null }
  }

  /** The refusal once it is recorded, or the failure that recording it met. The same reference may be asked for again. */
  async function refused(draft: RecordDraft, known: Authenticated, failure: ExchangeError): Promise<ExchangeEnded> {
    try {
      await deps.log.append({ ...draft, requestId: null })
      return new ExchangeEnded(known, failure)
    } catch (thrown) {
      return new ExchangeEnded(
        known,
        new ExchangeError('record.unavailable', 'no record could be made', { cause: thrown }),
      )
    }
  }
}
