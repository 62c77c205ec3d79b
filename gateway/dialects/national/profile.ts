import { Ajv2020 } from 'ajv/dist/2020.js'
import { parseFieldName } from '../../catalog/field-ref.ts'
import type { IdType, SubjectType } from '../../catalog/types.ts'
import type { Bilingual } from '../../errors/exchange-error.ts'
import {
  FIELD_NAME,
  itemSchema,
  onBehalfOfSchema,
  purposeSchema,
  scenarioSchema,
  subjectSchema,
} from '../../requests/exchange-request.schema.ts'
import { RID, SID } from './marks.ts'

export const DIALECT = 'gjgxjhpt'

/**
 * What an old caller of the national dialect is admitted to: everything its requests do not say, said once and signed by
 * the data office (R148). One profile is one service: one scenario, one purpose, one dataset.
 */
export interface DialectProfile {
  id: string
  dialect: typeof DIALECT
  /** The gateway it is for; a profile signed for another admits nobody here. */
  gateway: string
  system: string
  rid: string
  sid: string
  /** Where the caller calls: `/httpproxy`, or `/gateway/api/1/<interface>`. */
  path: string
  scenario: string
  item?: string
  purpose: string
  onBehalfOf?: string
  /** Name in the answer → field; all of one dataset, none of a party. */
  fields: Record<string, string>
  /** Which member of the body holds the identifier (and name) of the subject. */
  subject: { type: SubjectType; idType: IdType; id: string; name?: string }
  /** Input of the dataset (`dataset.input`) → member of the body. */
  keys?: Record<string, string>
  /** Members of the body that say who asks and for which case (R149); absent where the caller has none. */
  caller?: { case?: string; application?: string; operator?: { id: string; name?: string; unit?: string } }
  /** Members that must hold just this: a caller that states another matter is not what was admitted (R148). */
  fixed?: Record<string, string>
  /** Members the caller sends and nobody reads. Any other member is refused. */
  ignored?: string[]
  /** CIDR; the caller's addresses (R155). */
  networks: string[]
  /** RFC 3339, UTC; `until` exclusive, at most 366 days after `from`. */
  term: { from: string; until: string }
  signedBy: string
  signedAt: string
}

const NAME = '[\\p{L}_][\\p{L}\\p{N}_-]{0,63}'
const path = { type: 'string', pattern: `^${NAME}(\\.${NAME}){0,3}$` }
const instant = { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?Z$' }
const id = { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{1,95}$' }
const text = { type: 'string', minLength: 1, maxLength: 100 }
const closed = (properties: Record<string, unknown>, ...optional: string[]) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})

export const profileSchema = closed(
  {
    id,
    dialect: { const: DIALECT },
    gateway: text,
    system: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    rid: { type: 'string', pattern: RID.source },
    sid: { type: 'string', pattern: SID.source },
    path: { type: 'string', pattern: '^(/httpproxy|/gateway/api/1/[A-Za-z0-9_-]{1,64})$' },
    scenario: scenarioSchema,
    item: itemSchema,
    purpose: purposeSchema,
    onBehalfOf: onBehalfOfSchema,
    fields: {
      type: 'object',
      propertyNames: { pattern: `^${NAME}$` },
      additionalProperties: { type: 'string', pattern: FIELD_NAME },
      minProperties: 1,
      maxProperties: 256,
    },
    subject: closed(
      { type: subjectSchema.properties.type, idType: subjectSchema.properties.idType, id: path, name: path },
      'name',
    ),
    keys: { type: 'object', propertyNames: { pattern: FIELD_NAME }, additionalProperties: path, maxProperties: 32 },
    caller: closed(
      { case: path, application: path, operator: closed({ id: path, name: path, unit: path }, 'name', 'unit') },
      'case',
      'application',
      'operator',
    ),
    fixed: { type: 'object', propertyNames: { pattern: path.pattern }, additionalProperties: text, maxProperties: 32 },
    ignored: { type: 'array', items: path, uniqueItems: true, maxItems: 64 },
    networks: { type: 'array', items: { type: 'string', maxLength: 43 }, minItems: 1, maxItems: 64, uniqueItems: true },
    term: closed({ from: instant, until: instant }),
    signedBy: id,
    signedAt: instant,
  },
  'item',
  'onBehalfOf',
  'keys',
  'caller',
  'fixed',
  'ignored',
)
const fits = new Ajv2020({ strict: true, allErrors: true }).compile<DialectProfile>(profileSchema)

export interface ProfileFault extends Bilingual {
  pointer: string
}

const LONGEST_DAYS = 366
const CIDR = /^([0-9.]+\/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:]+\/([0-9]{1,2}|1[01][0-9]|12[0-8]))$/

/** What is wrong with a profile as a document; whether the catalogue knows its words is asked at admission and at use. */
export function profileFaults(content: unknown): ProfileFault[] {
  if (!fits(content)) {
    return (fits.errors ?? []).map(({ instancePath, message = '', params }) => {
      const said = 'additionalProperty' in params ? `${message} (${String(params.additionalProperty)})` : message
      return { pointer: instancePath, zh: said, en: said }
    })
  }
  const faults: ProfileFault[] = []
  const fault = (pointer: string, zh: string, en: string) => void faults.push({ pointer, zh, en })
  const parsed = Object.values(content.fields).map(parseFieldName)
  if (new Set(parsed.map((name) => name?.dataset)).size > 1)
    fault('/fields', '一份方案只含一个数据资源', 'one profile covers one dataset')
  if (parsed.some((name) => name === undefined || name.role !== null))
    fault('/fields', '不含当事人的信息项', 'no fields of a party')
  const paths = membersRead(content)
  if (new Set(paths).size < paths.length) fault('', '同一入参有两种用途', 'one member of the body has two uses')
  if (!content.networks.every((cidr) => CIDR.test(cidr))) fault('/networks', '应为 CIDR', 'CIDR ranges, please')
  const days = (Date.parse(content.term.until) - Date.parse(content.term.from)) / 86_400_000
  if (!(days > 0 && days <= LONGEST_DAYS))
    fault('/term', `期限须在 ${LONGEST_DAYS} 天以内`, `the term is at most ${LONGEST_DAYS} days`)
  return faults
}

/** Every member of the body the profile names, for whatever use. */
export function membersRead({ subject, keys, caller, fixed, ignored }: DialectProfile): string[] {
  const { operator } = caller ?? {}
  const named = [
    subject.id,
    subject.name,
    caller?.case,
    caller?.application,
    operator?.id,
    operator?.name,
    operator?.unit,
  ]
  return [
    ...named.filter((each) => each !== undefined),
    ...Object.values(keys ?? {}),
    ...Object.keys(fixed ?? {}),
    ...(ignored ?? []),
  ]
}
