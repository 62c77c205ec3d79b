import type { CertificateEntry } from '../catalog/further-types.ts'
import type { DatasetEntry, FieldEntry } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Identified, ReleasedRow, Shaped, SourceEntry } from '../exchange.ts'
import { isGoodRecord } from '../prefill/fill-materials.ts'
import { type FormTask, type LegContext, legOf } from '../prefill/leg.ts'
import { createReading } from '../prefill/reading.ts'
import { createSelection } from '../prefill/release.ts'
import { type RunLegDeps, runLeg } from '../prefill/run-leg.ts'
import type { MaterialNote } from '../prefill/types.ts'
import { certificateOf, prefixed, STATE_FACES } from '../prefill/wanted.ts'
import { chinaDay } from '../requests/subjects.ts'

/** A certificate as its source has it at this moment, and as much of it as this reader's grants let out. */
export interface CertificateSeen {
  certificate: CertificateEntry
  dataset: DatasetEntry
  source: SourceEntry
  /** Faces in the certificate's own order. */
  shown: FieldEntry[]
  /** Faces no grant lets out, and that are on no paper. */
  withheld: FieldEntry[]
  /** Good certificates, masked as they leave; none where only the state may be checked. */
  rows: ReleasedRow[]
  /** What leaves, for evidence and record. */
  released: Shaped
}

export type Look =
  | { ok: true; identified: Identified; seen: CertificateSeen }
  | { ok: false; identified: Identified; failure: ExchangeError }

/**
 * Reads a certificate's state and as many of its faces as are granted, now and from its source (R111).
 *
 * Errors: those that are no answer of the reader's grants or the source's: `quota.exceeded`, `record.unavailable`,
 *         `internal`. Revoked, run out, not found and not granted are ends, not errors.
 *
 * INVARIANT: what leaves is what `released` holds: granted faces of certificates that are good now, masked.
 */
export async function lookAtCertificate(
  note: MaterialNote & { certificate: string },
  task: FormTask,
  context: LegContext,
  deps: RunLegDeps & { nowMs: number },
  charged: Set<string>,
): Promise<Look> {
  const { catalog } = context.authenticated
  const certificate = certificateOf(catalog, note.certificate)
  const dataset = catalog.datasets.get(certificate?.dataset ?? '')
  if (certificate === undefined || dataset === undefined)
    throw new ExchangeError('request.unknown-resource', 'no such certificate any more')
  const nameOf = (id: string): string => prefixed(note.role, `${dataset.id}.${id}`)
  const faces = facesOf(certificate, dataset)
  const choices = faces.map(({ id }) => [[nameOf(id)]])
  const leg = legOf(task, note.role, choices, { ...context, request: { ...context.request, maxAgeSeconds: 0 } })
  const end = await runLeg(leg, deps, charged)
  if (end.kind === 'refused') return { ok: false, identified: leg.identified, failure: end.failure }

  const { identified } = end.leg
  const reading = createReading(new Map([[note.role, end]]))(nameOf('state'))
  const rows = reading.ok ? reading.rows : []
  const good = rows.flatMap((row, at) => (isGoodRecord(row, chinaDay(deps.nowMs)) ? [at] : []))
  if (!reading.ok || good.length === 0) return { ok: false, identified, failure: notGood() }

  const granted = end.shaped.fields
  const isGranted = ({ id }: FieldEntry): boolean => granted.some(({ name }) => name === nameOf(id))
  const selection = createSelection(task.applicant)
  // Number, state and validity alone are no copy of anything: they are what a 核验单 says was checked.
  const copied = faces.some((face) => isGranted(face) && !STATE_ONLY.has(face.id))
  if (copied) for (const field of granted) selection.take(end, field, good)
  const hasRelation = task.form.roles?.some(({ id, relation = [] }) => id === note.role && relation.length > 0)
  const facts = { form: task.form.id, id: context.requestId.jti, role: note.role, totals: null }
  const released: Shaped = {
    ...selection.released(end),
    // Proven when the material was settled; one that was not leads to no material.
    prefill: { ...facts, relation: hasRelation ? 'proven' : null },
  }
  const data = Object.values(released.data).flat()
  return {
    ok: true,
    identified,
    seen: {
      certificate,
      dataset,
      source: reading.source,
      shown: faces.filter(isGranted),
      withheld: faces.filter((face) => !isGranted(face)),
      rows: data,
      released,
    },
  }
}

const STATE_ONLY: ReadonlySet<string> = new Set([...STATE_FACES, 'validFrom'])

/** The type's face as the catalogue lists it; what says whether it is good is always among it. */
function facesOf({ faceFields }: CertificateEntry, { fields }: DatasetEntry): FieldEntry[] {
  const ids = new Set([...faceFields.map(({ id }) => id), ...STATE_FACES])
  return [...ids].flatMap((id) => fields.find((field) => field.id === id) ?? [])
}

/** Does not say which: the state is the holder's, and no error tells it. */
function notGood(): ExchangeError {
  return new ExchangeError('access.denied', 'the certificate is not good now', {
    reasons: [
      {
        rule: 'certificate-not-valid',
        zh: '经实时核验，该证照现不在有效状态或已查无记录，不予出具副本或核验单',
        en: 'checked just now, the certificate is not valid or no longer found; no paper is issued on it',
        next: {
          zh: '请重新预填，并请申请人提交有效证照',
          en: 'prefill again, and have the applicant submit a valid certificate',
        },
      },
    ],
  })
}
