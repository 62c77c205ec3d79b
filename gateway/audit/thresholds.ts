import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** From which numbers on something is a finding. Every one can be overridden by a JSON file of the same shape. */
export const DEFAULT_THRESHOLDS = {
  /** One system at night, 22:00 to 06:00 in China: this many records about this many different subjects (R102). */
  'night-bulk': { records: 200, subjects: 100 },
  /** One system, one day: this many different subjects of one neighbourhood (decisions/2026-11-20-sequential-identifiers.md). */
  'sequential-identifiers': { subjects: 6 },
  /** One operator, one day. */
  'operator-many-subjects': { subjects: 100 },
  /** One subject, one day, whoever asked. */
  'subject-read-often': { records: 30 },
  /** One system: refusals of a day, at least so many and so many times the mean of the seven days before. */
  'refusals-rising': { records: 20, times: 3 },
  /** One system, one day: releases with neither case nor application. */
  'without-case': { records: 50 },
  /** One provider: questions to its clerks that were due the day before and are not answered. */
  'task-overdue': { records: 1 },
  /** A case nobody reported, this long after the read; only for departments that report cases at all. */
  'case-unknown': { records: 1, graceHours: 24 },
  'case-closed': { records: 1, graceHours: 0 },
  'case-other-item': { records: 1 },
  'case-other-member': { records: 1 },
  'case-other-subject': { records: 1 },
  /** How long neighbourhood digests are kept. */
  neighbourhoodDays: 7,
}
export type Thresholds = typeof DEFAULT_THRESHOLDS
export type FindingKind = Exclude<keyof Thresholds, 'neighbourhoodDays'>

const amount = { type: 'number', exclusiveMinimum: 0 }
const schema = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(DEFAULT_THRESHOLDS).map(([kind, value]) => [
      kind,
      typeof value === 'number'
        ? { type: 'integer', minimum: 2, maximum: 30 }
        : {
            type: 'object',
            additionalProperties: false,
            properties: Object.fromEntries(
              Object.keys(value).map((name) => [name, name === 'graceHours' ? { type: 'number', minimum: 0 } : amount]),
            ),
          },
    ]),
  ),
}

/**
 * The thresholds of this installation: the defaults, with what the file says instead.
 *
 * Errors: a sentence naming the file and what does not fit.
 */
export async function loadThresholds(file: string | null): Promise<Thresholds> {
  if (file === null) return DEFAULT_THRESHOLDS
  const content = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Partial<Record<string, object | number>>)
    .catch(() => {
      throw new Error(`阈值文件 ${file} 读不到或不是 JSON / thresholds file cannot be read or is not JSON`)
    })
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  if (!ajv.validate(schema, content))
    throw new Error(
      `阈值文件 ${file} 不符合约定 / thresholds file does not fit: ${ajv.errorsText(ajv.errors, { dataVar: '' })}`,
    )
  return Object.fromEntries(
    Object.entries(DEFAULT_THRESHOLDS).map(([kind, value]) => {
      const given = content[kind]
      return [kind, typeof value === 'number' ? (given ?? value) : { ...value, ...(given as object | undefined) }]
    }),
  ) as Thresholds
}
