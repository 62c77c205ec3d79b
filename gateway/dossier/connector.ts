import { DOSSIER_KIND, type DossierConfig } from '../../connectors/dossier/config.ts'
import type { Catalog } from '../catalog/types.ts'
import { EVENT_NAMES } from '../events/types.ts'
import type { Subject } from '../exchange.ts'
import type { Connector, ConnectorRegistry } from '../ports/connector.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { chinaDay } from '../requests/subjects.ts'
import type { DossierReader, HeldCertificate, TimelineLine } from './types.ts'

export interface DossierConnectorDeps {
  dossiers: DossierReader
  digests: SubjectDigests
  catalog: () => Catalog
  openNumber: (held: HeldCertificate) => string
  now: () => number
}

/** The registry of sources with the gateway's own dossiers among them. */
export function withDossiers(registry: ConnectorRegistry, deps: DossierConnectorDeps): ConnectorRegistry {
  return {
    ...registry,
    get(datasetId) {
      const connector = deps.catalog().datasets.get(datasetId)?.connector
      return connector?.kind === DOSSIER_KIND ? createDossierConnector(connector.config, deps) : registry.get(datasetId)
    },
  }
}

/**
 * Dossiers as a source among sources, so that reading one is an exchange like any other: granted, shaped, signed,
 * recorded.
 *
 * Shape:  `timeline` rows carry the item's name under the field of its stage (`education`, `housing` …) and nothing under
 *         the others; a row of a stage whose field was not asked for, hence not granted, is not there at all. A grant's
 *         fields thus say which stages of a life a department sees.
 * Errors: `record.unavailable` when the store does not answer.
 */
export function createDossierConnector(config: object, deps: DossierConnectorDeps): Connector {
  const { section, stages = {} } = config as DossierConfig // let through by its schema when the catalogue was loaded
  return {
    async fetch({ subjectType, inputs, fields }) {
      const digest = deps.digests.of({ type: subjectType, idType: inputs.idType, id: inputs.id } as Subject)
      const asOfMs = deps.now()
      if (section === 'timeline') {
        const lines = await deps.dossiers.timeline(digest)
        return { records: lines.flatMap((line) => timelineRow(line, stages, fields, deps.catalog())), asOfMs }
      }
      const held = await deps.dossiers.certificates(digest)
      return { records: held.map((each) => certificateRow(each, fields, deps, chinaDay(asOfMs))), asOfMs }
    },
    probe: async () => void (await deps.dossiers.certificates('probe')),
    close: async () => undefined,
  }
}

/** `stages`: `<audience>.<stage number>` → field. */
function timelineRow(
  line: TimelineLine,
  stages: Readonly<Record<string, string>>,
  asked: readonly string[],
  catalog: Catalog,
): Record<string, unknown>[] {
  const field = stages[`${line.audience}.${line.stageNo}`]
  if (field === undefined || !asked.includes(field)) return []
  const item = line.item === null ? undefined : catalog.items.get(line.item)?.name
  const dataset = line.dataset === null ? undefined : catalog.datasets.get(line.dataset)?.name
  const row: Record<string, unknown> = {
    [field]: item ?? dataset ?? EVENT_NAMES[line.kind].zh,
    stageNo: line.stageNo,
    kind: line.kind,
    outcome: line.outcome,
    occurredOn: chinaDay(line.occurredAtMs),
    department: catalog.members.get(line.member)?.name ?? line.member,
    caseNo: line.caseNo ?? line.application,
    role: line.role,
    recordId: line.exchangeId,
  }
  return [only(row, asked)]
}

/** Codes of `certificate-states`: 01 有效, 04 过期, 05 注销. */
function certificateRow(
  held: HeldCertificate,
  asked: readonly string[],
  { catalog, openNumber }: DossierConnectorDeps,
  today: string,
): Record<string, unknown> {
  const expired = held.validUntil !== null && held.validUntil < today
  const row: Record<string, unknown> = {
    certificateType: held.type,
    certificateName: catalog().certificates.get(held.type)?.name ?? held.type,
    state: held.state === 'revoked' ? '05' : expired ? '04' : '01',
    issuer: catalog().members.get(held.member)?.name ?? held.member,
    issuedOn: held.issuedAtMs === null ? null : chinaDay(held.issuedAtMs),
    validUntil: held.validUntil,
  }
  // Opened only for who may read it.
  if (asked.includes('certificateNumber')) row.certificateNumber = openNumber(held)
  return only(row, asked)
}

const only = (row: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => fields.includes(name)))
