import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectorSchemas } from '../../connectors/index.ts'
import { checkCatalog } from '../../gateway/catalog/check.ts'
import {
  DATABASE_ENDPOINTS,
  DROP_ENDPOINT,
  HTTP_ENDPOINTS,
  MARIADB_ENDPOINT,
  NATIONAL_ENDPOINT,
  PEER_ENDPOINT,
  SOAP_ENDPOINT,
} from '../../seeds/providers/endpoints.ts'
import { dataset } from './sources.ts'

const ENDPOINTS = [
  ...Object.keys(DATABASE_ENDPOINTS),
  ...HTTP_ENDPOINTS,
  ...[MARIADB_ENDPOINT, SOAP_ENDPOINT, DROP_ENDPOINT, NATIONAL_ENDPOINT, PEER_ENDPOINT],
]
const CATALOGS = join(resolve(import.meta.dirname, '../..'), 'catalogs')
const ids = readdirSync(join(CATALOGS, 'datasets'))
  .map((name) => name.replace('.json', ''))
  // What the gateway itself keeps has no source outside it.
  .filter((id) => !['dossier', 'declared-values', 'clerk-task'].includes(dataset(id).connector.kind))

describe('the published datasets', () => {
  it('pass every rule of the directory, their connector configurations included', async () => {
    const faults = await checkCatalog(CATALOGS, { connectorSchemas })
    expect(faults.filter(({ file }) => file.includes('datasets'))).toEqual([])
  })

  it('hold one of each share class that demonstrates something', () => {
    const classes = ids.map((id) => dataset(id).shareClass)
    expect(classes.filter((shareClass) => shareClass === 'conditional').length).toBeGreaterThanOrEqual(14)
    expect(classes.filter((shareClass) => shareClass === 'not-shared')).toHaveLength(1)
  })

  it.each(ids)('%s is named by its file, read from a sample endpoint on loopback, and made up', (id) => {
    const entry = dataset(id)
    expect(entry.id).toBe(id)
    expect(ENDPOINTS).toContain(entry.connector.config.endpoint)
    // A drop folder is local and in no network.
    expect(entry.connector.networks).toEqual(entry.connector.kind === 'file-csv' ? [] : ['127.0.0.0/8'])
    expect(entry.basis).toBe('sample')
    // A certificate's state by number has nothing of its face.
    expect(entry.fields.length).toBeGreaterThanOrEqual(id.startsWith('certificate-state-') ? 5 : 8)
    expect(entry.fields.length).toBeLessThanOrEqual(16)
  })

  it('are of every kind of source between them', () => {
    expect([...new Set(ids.map((id) => dataset(id).connector.kind))].sort()).toEqual(
      'certificate-library exchange-peer file-csv http-json national-exchange soap sql-mysql sql-postgres'.split(' '),
    )
  })

  it('asks both parties’ names and numbers for a marriage', () => {
    expect(dataset('marriage-registration').inputs.map(({ from, required }) => [from, required])).toEqual([
      ['subject.id', true],
      ['subject.name', true],
      ['party.spouse.id', true],
      ['party.spouse.name', true],
    ])
  })

  it.each(['disability-certificate', 'business-licence', 'birth-record'])(
    '%s is a certificate and never cached',
    (id) => {
      expect(dataset(id).freshness.ttlSeconds).toBe(0)
    },
  )
})
