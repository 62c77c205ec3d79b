const text = { type: 'string', minLength: 1, maxLength: 500 }
const texts = { type: 'array', items: text, uniqueItems: true }
/** UTC to the second, as every instant inside: two spellings of one moment would make two documents of one grant. */
const instant = { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?Z$' }
const closed = (properties: Record<string, unknown>, optional: string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})

/** A grant as it is written in a file (JSON Schema 2020-12); `status` may be left out, an import is always a draft. */
export const grantSchema = closed(
  {
    id: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{1,95}$' },
    status: { enum: ['draft', 'active', 'suspended', 'revoked', 'expired'] },
    scenario: text,
    consumer: closed({ kind: { enum: ['member', 'system'] }, id: text }),
    fields: { ...texts, minItems: 1 },
    modes: {
      type: 'array',
      items: { enum: ['query', 'verify', 'prefill', 'batch', 'dossier', 'declare'] },
      minItems: 1,
      uniqueItems: true,
    },
    items: { anyOf: [{ const: 'all' }, { ...texts, minItems: 1 }] },
    purposes: { ...texts, minItems: 1 },
    term: closed({ from: instant, until: instant }),
    ceilings: {
      type: 'array',
      items: closed({
        measure: { enum: ['calls', 'records', 'subjects', 'mismatches'] },
        period: { enum: ['hour', 'day'] },
        limit: { type: 'integer', minimum: 1 },
      }),
    },
    conditions: closed({
      case: { enum: ['required', 'application-allowed', 'not-required'] },
      operator: { type: 'boolean' },
      signed: { type: 'boolean' },
      subjectIsParty: { type: 'boolean' },
      divisions: { type: 'array', items: { type: 'string', pattern: '^[0-9]{6}$' } },
      networks: texts,
      hours: {
        anyOf: [
          { type: 'null' },
          closed({
            from: { type: 'integer', minimum: 0, maximum: 23 },
            to: { type: 'integer', minimum: 0, maximum: 24 },
          }),
        ],
      },
    }),
    legalBasis: { type: 'string', maxLength: 2000 },
    specificPurpose: text,
    masks: { type: 'object', additionalProperties: text },
    approvals: {
      type: 'array',
      items: closed({ role: { enum: ['consumer-head', 'provider-head', 'second-approver'] }, by: text, at: instant }),
    },
    datasetVersions: { type: 'object', additionalProperties: text },
  },
  ['status', 'specificPurpose'],
)
