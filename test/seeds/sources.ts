import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connectorKinds } from '../../connectors/index.ts'
import { createMemorySharedSecrets } from '../../gateway/adapters/memory/shared-secrets.ts'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import type { CallerBlock, Connector, Endpoint, SourceAnswer } from '../../gateway/ports/connector.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { OPERATORS } from '../../seeds/population/cast.ts'

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
export function connect(id: string, endpoints: Record<string, Endpoint>, entry = dataset(id)): Source {
  const { kind, config, networks, timeoutMs } = entry.connector
  const factory = connectorKinds.find((one) => one.kind === kind)!
  const connector = factory.create(config, {
    datasetId: id,
    fields: entry.fields,
    inputs: entry.inputs.map(({ name }) => name),
    networks,
    endpoint: endpoints[config.endpoint as string]!,
    timeoutMs,
    now: Date.now,
    newId: randomUUID,
    gatewayId: GATEWAY_ID,
    sharedSecrets: createMemorySharedSecrets(),
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
