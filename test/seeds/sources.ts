import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { certificateLibrary } from '../../connectors/certificate-library/index.ts'
import { httpJson } from '../../connectors/http-json/index.ts'
import { sqlPostgres } from '../../connectors/sql-postgres/index.ts'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import type { CallerBlock, Connector, Endpoint, SourceAnswer } from '../../gateway/ports/connector.ts'
import { OPERATORS } from '../../seeds/population/cast.ts'

const KINDS = { 'certificate-library': certificateLibrary, 'http-json': httpJson, 'sql-postgres': sqlPostgres }

/** A dataset of the published directory. */
export function dataset(id: string): DatasetEntry {
  return JSON.parse(
    readFileSync(new URL(`../../catalogs/datasets/${id}.json`, import.meta.url), 'utf8'),
  ) as DatasetEntry
}

export const CALLER: CallerBlock = {
  organisation: { id: 'rc-jyj', name: '荣成市教育体育局', uscc: '11371082PDY003018B' },
  system: 'rc-enrolment',
  officer: { id: OPERATORS.education.id, name: OPERATORS.education.name, unit: OPERATORS.education.unit },
  scenario: 'P2.1',
  item: { id: 'rongcheng-p-008', name: '义务教育入学报名' },
  case: '11371082PDY003018B3370705001001202611200001',
  businessType: null,
  purpose: '义务教育入学资格核验',
  exchangeId: '00000000000000000000000000',
}

export interface Source {
  entry: DatasetEntry
  connector: Connector
  ask(inputs: Record<string, string>, more?: { caller?: CallerBlock; timeoutMs?: number }): Promise<SourceAnswer>
}

/** The dataset's own connector, built from its published configuration as the gateway builds it. */
export function connect(id: string, endpoints: Record<string, Endpoint>): Source {
  const entry = dataset(id)
  const { kind, config, networks, timeoutMs } = entry.connector
  const factory = KINDS[kind as keyof typeof KINDS]
  const connector = factory.create(config, {
    datasetId: id,
    fields: entry.fields,
    inputs: entry.inputs.map(({ name }) => name),
    networks,
    endpoint: endpoints[config.endpoint as string]!,
    timeoutMs,
    now: Date.now,
    newId: randomUUID,
  })
  const fields = entry.fields.map((field) => field.id).sort()
  return {
    entry,
    connector,
    ask: (inputs, more = {}) =>
      connector.fetch(
        { subjectType: entry.subjectTypes[0]!, inputs, fields, caller: more.caller ?? CALLER },
        AbortSignal.timeout(more.timeoutMs ?? timeoutMs),
      ),
  }
}
