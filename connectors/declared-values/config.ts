/** Kind of a dataset made of what applicants supplied and departments verified. */
export const KIND = 'declared-values'

export interface DeclaredValuesConfig {
  /** Longest validity a department may state, in days from the day of declaring. */
  maxValidDays: number
  /** Kind of identifier of the input `id`, where the dataset has no input `idType`. */
  idType?: string
}

/** Three years: the sides of the declaration's record are kept as long, and the values go with them. */
export const MOST_VALID_DAYS = 1_095

export const configSchema = {
  type: 'object',
  properties: {
    maxValidDays: { type: 'integer', minimum: 1, maximum: MOST_VALID_DAYS },
    idType: { type: 'string', pattern: '^[a-z][a-z-]{1,40}$' },
  },
  required: ['maxValidDays'],
  additionalProperties: false,
} as const
