import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectorKinds, connectorSchemas } from '../../../connectors/index.ts'
import { checkConnectorConfigs } from '../../../gateway/adapters/connectors/check-configs.ts'
import { buildConnectors, ConnectorConfigError } from '../../../gateway/adapters/connectors/registry.ts'
import type { DatasetEntry } from '../../../gateway/catalog/types.ts'
import { caller } from '../../conformance/connector.ts'
import { type ForeignService, foreignService, json } from '../../connectors/foreign-service.ts'

let service: ForeignService
beforeAll(async () => {
  service = await foreignService((_request, response) => json(response, { rows: [{ v: 'a' }] }))
})
afterAll(() => service.close())

const CONFIG = { endpoint: 'svc', request: { path: '/q', body: { id: '{{input.id}}' } }, records: { path: 'rows' } }
const dataset = (id: string, config: object = CONFIG, change: object = {}) =>
  ({
    id,
    shareClass: 'conditional',
    fields: [{ id: 'v', type: 'string' }],
    inputs: [{ name: 'id', label: '号码', from: 'subject.id', required: true }],
    connector: { kind: 'http-json', networks: ['127.0.0.0/8'], timeoutMs: 1_000, maxConcurrent: 2, config },
    ...change,
  }) as unknown as DatasetEntry
const catalog = (...datasets: DatasetEntry[]) => ({ datasets: new Map(datasets.map((each) => [each.id, each])) })
const build = (...datasets: DatasetEntry[]) =>
  buildConnectors(catalog(...datasets), { svc: { url: service.url } }, connectorKinds, Date.now)

describe('buildConnectors', () => {
  it('builds one connector per dataset, reaches the source, and probes it', async () => {
    const registry = build(dataset('a'), dataset('b'))
    const lookup = { subjectType: 'person' as const, inputs: { id: 'x' }, fields: ['v'], caller }
    expect((await registry.get('a').fetch(lookup, new AbortController().signal)).records).toEqual([{ v: 'a' }])
    expect(await registry.probe(new AbortController().signal)).toEqual([
      { dataset: 'a', ok: true },
      { dataset: 'b', ok: true },
    ])
    expect(() => registry.get('c')).toThrow(expect.objectContaining({ code: 'internal' }))
    await registry.close()
  })
  it('names every fault of every dataset', () => {
    const faulty = () =>
      build(
        dataset('a', { ...CONFIG, extra: 1, charset: 'big5' }),
        dataset('b', { ...CONFIG, endpoint: 'nowhere' }),
        dataset('c', CONFIG, { connector: { ...dataset('c').connector, kind: 'telex' } }),
        dataset('d', CONFIG, { connector: { ...dataset('d').connector, networks: ['10.0.0.0/8'] } }),
        dataset('e', { ...CONFIG, request: { path: '/{{input.none}}' } }),
      )
    const thrown = (() => {
      try {
        return faulty()
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(ConnectorConfigError)
    expect((thrown as ConnectorConfigError).faults).toEqual([
      { dataset: 'a', pointer: '/connector/config', message: 'must NOT have additional properties: `extra`' },
      { dataset: 'a', pointer: '/connector/config/charset', message: 'must be equal to one of the allowed values' },
      { dataset: 'c', pointer: '/connector/kind', message: 'unknown kind `telex`' },
      { dataset: 'b', pointer: '/connector', message: 'endpoint `nowhere` is not configured' },
      { dataset: 'd', pointer: '/connector', message: 'endpoint host is outside the declared networks' },
      { dataset: 'e', pointer: '/connector', message: 'template names unknown `{{input.none}}`' },
    ])
  })
  it('can go on without an endpoint where told so', async () => {
    const registry = buildConnectors(catalog(dataset('a')), {}, connectorKinds, Date.now, {
      missingEndpoint: 'unavailable',
    })
    expect(await registry.probe(new AbortController().signal)).toEqual([
      { dataset: 'a', ok: false, code: 'provider.unreachable' },
    ])
  })
  it('never connects a dataset that is not shared', () => {
    const registry = build(dataset('a', { broken: true }, { shareClass: 'not-shared' }))
    expect(() => registry.get('a')).toThrow('no connector')
  })
})

describe('schemas', () => {
  it('are published per kind, and every kind with a source elsewhere demands an endpoint', () => {
    expect(Object.keys(connectorSchemas).sort()).toEqual([
      'certificate-library',
      'clerk-task',
      'declared-values',
      'dossier',
      'exchange-peer',
      'file-csv',
      'http-json',
      'national-exchange',
      'soap',
      'sql-mysql',
      'sql-postgres',
    ])
    // The gateway itself stands behind these two.
    const own = ['clerk-task', 'declared-values']
    for (const { kind } of connectorKinds.filter((each) => !own.includes(each.kind))) {
      const entry = dataset('a', {}, { connector: { ...dataset('a').connector, kind, config: {} } })
      const faults = checkConnectorConfigs([entry], connectorKinds)
      expect(faults.map(({ message }) => message)).toContain("must have required property 'endpoint'")
    }
  })
})
