import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import { COMPANY, FATHER, GUARDIAN_HOME, OPERATORS, VETERAN } from '../population/cast.ts'
import type { Sample } from './sample.ts'

const DATASETS = resolve(import.meta.dirname, '../../catalogs/datasets')

/** One for every electronic certificate: number, validity and state, read live. Not to hold one is an answer too. */
export function licenceSamples(): Sample[] {
  return readdirSync(DATASETS)
    .filter((name) => name.startsWith('licence-'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(DATASETS, name), 'utf8')) as DatasetEntry)
    .map(sampleOf)
    .concat(NUMBERS_ON_PAPER.map(([certificate, number], at) => byNumber(certificate, number, at)))
}

/** As papers of the cast show them: in force, revoked (吊销、撤销), run out. */
const NUMBERS_ON_PAPER = [
  ['business-licence-certificate', '37108220DY10001'],
  ['driving-licence', VETERAN.id],
  ['food-business-permit', 'JY1371082DY10002'],
  ['sanitary-permit', '荣卫公字DY10001'],
  ['real-estate-title', GUARDIAN_HOME.certificate],
] as const

/** Who shows the paper is the subject; whose it is, nobody is told. */
function byNumber(certificate: string, number: string, at: number): Sample {
  const dataset = `certificate-state-${certificate}`
  return {
    name: `凭号码查证照状态：${certificate}`,
    system: 'rc-approval',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'S1.7',
      item: 'rongcheng-p-092',
      application: `SP-2026-${String(at + 101).padStart(6, '0')}`,
      purpose: '电子证照核验',
      operator: { ...OPERATORS.approval },
      subject: { type: 'person', idType: 'resident-id', ...FATHER },
      keys: { [`${dataset}.certificateNumber`]: number },
      fields: [`${dataset}.state`, `${dataset}.validUntil`],
    },
  }
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
