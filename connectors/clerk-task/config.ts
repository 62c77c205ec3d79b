import type { IdType } from '../../gateway/catalog/types.ts'

/** Kind of a dataset whose source is people: 协查. */
export const KIND = 'clerk-task'

export interface ClerkTaskConfig {
  /** Working days the provider's clerk has, the day of asking not counted. */
  dueWorkingDays: number
  /** Days an answer may be used for the same question. */
  validDays: number
  /** Kind of identifier of the input `id`, where the dataset has no input `idType`. */
  idType?: IdType
}

export const configSchema = {
  type: 'object',
  properties: {
    dueWorkingDays: { type: 'integer', minimum: 1, maximum: 60 },
    validDays: { type: 'integer', minimum: 1, maximum: 730 },
    idType: { type: 'string', pattern: '^[a-z][a-z-]{1,40}$' },
  },
  required: ['dueWorkingDays', 'validDays'],
  additionalProperties: false,
} as const
