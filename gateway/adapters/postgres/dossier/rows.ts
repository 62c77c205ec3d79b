import type { CaseState, HeldCertificate, TimelineLine } from '../../../dossier/types.ts'
import type { CasesTable, CertificatesTable, TimelineTable } from '../events/tables.ts'

/** Between the words of the dossier and the columns of its tables. */
const moment = (ms: number | null): Date | null => (ms === null ? null : new Date(ms))

export const timelineRow = (line: TimelineLine) => ({
  subject_digest: line.subjectDigest,
  exchange_id: line.exchangeId,
  role: line.role,
  log_index: String(line.index),
  kind: line.kind,
  audience: line.audience,
  stage_no: line.stageNo,
  stage: line.stage,
  scenario: line.scenario,
  item: line.item,
  dataset: line.dataset,
  member: line.member,
  case_no: line.caseNo,
  application: line.application,
  certificate_type: line.certificateType,
  outcome: line.outcome,
  occurred_at: new Date(line.occurredAtMs),
})

export const timelineLine = (row: Omit<TimelineTable, 'log_index'> & { log_index: string }): TimelineLine => ({
  subjectDigest: row.subject_digest,
  exchangeId: row.exchange_id,
  role: row.role,
  index: BigInt(row.log_index),
  kind: row.kind as TimelineLine['kind'],
  audience: row.audience,
  stageNo: row.stage_no,
  stage: row.stage,
  scenario: row.scenario,
  item: row.item,
  dataset: row.dataset,
  member: row.member,
  caseNo: row.case_no,
  application: row.application,
  certificateType: row.certificate_type,
  outcome: row.outcome,
  occurredAtMs: row.occurred_at.getTime(),
})

export const certificateRow = (held: HeldCertificate): CertificatesTable => ({
  subject_digest: held.subjectDigest,
  certificate_type: held.type,
  certificate_digest: held.numberDigest,
  state: held.state,
  member: held.member,
  item: held.item,
  issued_at: moment(held.issuedAtMs),
  changed_at: new Date(held.changedAtMs),
  valid_until: held.validUntil,
  sealed_certificate: held.sealedNumber,
  sealed_for: held.sealedFor,
})

export const heldCertificate = (row: CertificatesTable): HeldCertificate => ({
  subjectDigest: row.subject_digest,
  type: row.certificate_type,
  numberDigest: row.certificate_digest,
  state: row.state,
  member: row.member,
  item: row.item,
  issuedAtMs: row.issued_at?.getTime() ?? null,
  changedAtMs: row.changed_at.getTime(),
  validUntil: row.valid_until,
  sealedNumber: row.sealed_certificate,
  sealedFor: row.sealed_for,
})

export const caseRow = (state: CaseState): CasesTable => ({
  member: state.member,
  case_key: state.key,
  system: state.system,
  case_no: state.caseNo,
  application: state.application,
  item: state.item,
  scenario: state.scenario,
  opened_at: new Date(state.openedAtMs),
  closed_at: moment(state.closedAtMs),
  subject_digests: state.subjectDigests,
})
