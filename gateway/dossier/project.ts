import type { Catalog } from '../catalog/types.ts'
import type { CaseState, EventFacts, HeldCertificate, TimelineLine } from './types.ts'

/** Events in the order of what happened; ties by exchange id, so that arrival never decides. */
const chronological = (events: readonly EventFacts[]): EventFacts[] =>
  [...events].sort(
    (a, b) =>
      a.occurredAtMs - b.occurredAtMs || (a.exchangeId < b.exchangeId ? -1 : a.exchangeId > b.exchangeId ? 1 : 0),
  )

/** One line per subject of the event; the stage comes from the item's scenario (11 of a person, 6 of an organisation). */
export function timelineLines(event: EventFacts, catalog: Catalog): TimelineLine[] {
  const ofItem = event.item === null ? undefined : catalog.items.get(event.item)?.scenario
  const scenario = catalog.scenarios.get(ofItem ?? event.scenario ?? '')
  const staged = scenario?.audience === 'person' || scenario?.audience === 'organisation' ? scenario : undefined
  const { exchangeId, index, kind, item, dataset, member, caseNo, application, outcome, occurredAtMs } = event
  return event.subjects.map(({ role, digest }) => ({
    subjectDigest: digest,
    exchangeId,
    role,
    index,
    kind,
    audience: staged?.audience ?? null,
    stageNo: staged?.stage.no ?? null,
    stage: staged?.stage.name ?? null,
    scenario: event.scenario,
    item,
    dataset,
    member,
    caseNo,
    application,
    certificateType: event.certificate?.type ?? null,
    outcome,
    occurredAtMs,
  }))
}

/** The certificate after all its events, once per holder. An event that names no holder is about all its subjects. */
export function heldCertificates(events: readonly EventFacts[]): HeldCertificate[] {
  const held = new Map<string, HeldCertificate>()
  for (const { certificate, kind, occurredAtMs, member, item, exchangeId, subjects } of chronological(events)) {
    if (certificate === null) continue
    const named = subjects.filter(({ role }) => role === 'holder')
    for (const { digest } of named.length > 0 ? named : subjects) {
      const before = held.get(digest)
      held.set(digest, {
        subjectDigest: digest,
        type: certificate.type,
        numberDigest: certificate.digest,
        state: kind === 'certificate-revoked' ? 'revoked' : 'valid',
        member: kind === 'certificate-issued' ? member : (before?.member ?? member),
        item: kind === 'certificate-issued' ? item : (before?.item ?? item),
        issuedAtMs: kind === 'certificate-issued' ? occurredAtMs : (before?.issuedAtMs ?? null),
        changedAtMs: occurredAtMs,
        validUntil: certificate.validUntil ?? before?.validUntil ?? null,
        sealedNumber: before?.sealedNumber ?? certificate.sealed,
        sealedFor: before?.sealedFor ?? exchangeId,
      })
    }
  }
  return [...held.values()]
}

/** The case after all its events, those of its application included. `null` for no events. */
export function caseState(
  events: readonly EventFacts[],
  id: { caseNo: string } | { application: string },
): CaseState | null {
  const ordered = chronological(events)
  const [first] = ordered
  if (first === undefined) return null
  const caseNo = 'caseNo' in id ? id.caseNo : null
  const applications = ordered.flatMap(({ application }) => (application === null ? [] : [application])).sort()
  const closings = ordered.filter(({ kind }) => kind === 'case-closed')
  return {
    member: first.member,
    key: caseNo === null ? `application:${applications[0]}` : `case:${caseNo}`,
    system: first.system,
    caseNo,
    application: applications[0] ?? null,
    item: first.item,
    scenario: first.scenario,
    openedAtMs: first.occurredAtMs,
    closedAtMs: closings.at(-1)?.occurredAtMs ?? null,
    subjectDigests: [...new Set(ordered.flatMap(({ subjects }) => subjects.map(({ digest }) => digest)))].sort(),
  }
}
