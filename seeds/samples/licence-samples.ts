import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import { COMPANY, FATHER, OPERATORS } from '../population/cast.ts'
import type { Sample } from './sample.ts'

const DATASETS = resolve(import.meta.dirname, '../../catalogs/datasets')

/** One for every electronic certificate: number, validity and state, read live. Not to hold one is an answer too. */
export function licenceSamples(): Sample[] {
  return readdirSync(DATASETS)
    .filter((name) => name.startsWith('licence-'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(DATASETS, name), 'utf8')) as DatasetEntry)
    .map(sampleOf)
}

function sampleOf({ id, name, subjectTypes }: DatasetEntry, at: number): Sample {
  const ofPerson = subjectTypes.includes('person')
  return {
    name: `证照核验：${name}`,
    system: 'rc-approval',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: ofPerson ? 'S1.7' : 'S2.3',
      item: ofPerson ? 'rongcheng-p-092' : 'rongcheng-e-015',
      application: `SP-2026-${String(at + 1).padStart(6, '0')}`,
      purpose: '电子证照核验',
      operator: { ...OPERATORS.approval },
      subject: ofPerson
        ? { type: 'person', idType: 'resident-id', ...FATHER }
        : { type: 'organisation', idType: 'uscc', ...COMPANY },
      fields: ['certificateNumber', 'validUntil', 'state'].map((field) => `${id}.${field}`),
    },
  }
}
