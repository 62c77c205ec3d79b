import type { Catalog } from '../catalog/types.ts'
import type { HeldDeclaration } from '../declared/types.ts'
import { FAILURES, type FailureCode } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { AccessLine } from './accesses.ts'
import { ownFields } from './own-fields.ts'

export interface Named {
  id: string
  name: string | null
}

/** A line as the subject sees it: no operator, no system, no case, no place in the log. */
export interface OwnLine {
  exchangeId: string
  at: string
  department: Named
  scenario: Named | null
  item: Named | null
  purpose: string | null
  mode: string
  outcome: AccessLine['outcome']
  /** Why it was refused, in words; null for a release. */
  reason: string | null
  fields: Named[]
}

/** A line as an auditor sees it. */
export interface AuditLine extends OwnLine {
  index: string
  as: 'subject' | 'party'
  system: string
  member: Named
  onBehalfOf: Named | null
  case: string | null
  application: string | null
  code: string | null
  grants: string[]
  /** Where the record, and its proof for outsiders, are found on this plane. */
  links: { record: string; evidencePackage: string }
  suppressed: { id: string; legalBasis: string; from: string; until: string; approvedBy: string } | null
}

/** That something the subject once told a department is kept: of which kind, by whom, until when; not what it says. */
export interface OwnDeclaration {
  exchangeId: string
  at: string
  department: Named
  item: Named
  dataset: Named
  method: string
  verifiedAt: string
  validUntil: string
  fields: (Named & { state: HeldDeclaration['fields'][number]['state'] })[]
}

export function ownDeclaration(held: HeldDeclaration, catalog: Catalog): OwnDeclaration {
  const { dataset } = held
  return {
    exchangeId: held.exchange,
    at: new Date(held.declaredAtMs).toISOString(),
    department: member(catalog, held.by),
    item: named(held.item, catalog.items.get(held.item)?.name),
    dataset: named(dataset, catalog.datasets.get(dataset)?.name),
    method: held.method,
    verifiedAt: new Date(held.verifiedAtMs).toISOString(),
    validUntil: held.validUntil,
    fields: held.fields.map(({ field, state }) => ({
      ...named(`${dataset}.${field}`, fieldName(catalog, `${dataset}.${field}`)),
      state,
    })),
  }
}

export function ownLine(line: AccessLine, subject: Subject, catalog: Catalog, crypto: CryptoProvider): OwnLine {
  return lineWith(line, catalog, ownFields(line, subject, crypto))
}

export function auditLine(line: AccessLine, catalog: Catalog): AuditLine {
  const { exchangeId, suppression } = line
  return {
    ...lineWith(line, catalog, line.fields),
    index: String(line.index),
    as: line.isSubject ? 'subject' : 'party',
    system: line.system,
    member: member(catalog, line.member),
    onBehalfOf: line.onBehalfOf === null ? null : member(catalog, line.onBehalfOf),
    case: line.caseNo,
    application: line.application,
    code: line.code,
    grants: line.grants,
    links: {
      record: `/admin/v1/records/${exchangeId}`,
      evidencePackage: `/admin/v1/records/${exchangeId}/evidence-package`,
    },
    suppressed:
      suppression === null
        ? null
        : {
            id: suppression.id,
            legalBasis: suppression.legalBasis,
            from: new Date(suppression.fromMs).toISOString(),
            until: new Date(suppression.untilMs).toISOString(),
            approvedBy: suppression.approvedBy,
          },
  }
}

function lineWith(line: AccessLine, catalog: Catalog, fields: readonly string[]): OwnLine {
  const { code } = line
  return {
    exchangeId: line.exchangeId,
    at: new Date(line.recordedAtMs).toISOString(),
    department: member(catalog, line.onBehalfOf ?? line.member),
    scenario: line.scenario === null ? null : named(line.scenario, catalog.scenarios.get(line.scenario)?.name),
    item: line.item === null ? null : named(line.item, catalog.items.get(line.item)?.name),
    purpose: line.purpose,
    mode: line.mode,
    outcome: line.outcome,
    reason: code !== null && Object.hasOwn(FAILURES, code) ? FAILURES[code as FailureCode].zh : null,
    fields: fields.map((name) => named(name, fieldName(catalog, name))),
  }
}

const named = (id: string, name: string | undefined): Named => ({ id, name: name ?? null })
export const member = (catalog: Catalog, id: string): Named => named(id, catalog.members.get(id)?.name)

/** `户籍信息·住址`; records outlive catalogues, so a field may have no name any more. */
function fieldName(catalog: Catalog, written: string): string | undefined {
  const plain = written.slice(written.indexOf(':') + 1)
  const [dataset = '', field = ''] = plain.split('.')
  const entry = catalog.datasets.get(dataset)
  const found = [...(entry?.fields ?? []), ...(entry?.derived ?? [])].find(({ id }) => id === field)
  return entry !== undefined && found !== undefined ? `${entry.name}·${found.name}` : undefined
}
