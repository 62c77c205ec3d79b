import type { DatasetEntry, DatasetInput, RequestMember } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { ExchangeRequest, Identified, RequestedField, Subject } from '../exchange.ts'

/** One question to one source: the fields asked of one dataset about one role's holder. */
export interface DatasetQuestion {
  /** `dataset` or `role:dataset`, as in the answer. */
  key: string
  role: string | null
  dataset: DatasetEntry
  asked: RequestedField[]
}

/** Requested fields by (role, dataset), in the order first asked. */
export function groupByDataset(fields: readonly RequestedField[]): DatasetQuestion[] {
  const questions = new Map<string, DatasetQuestion>()
  for (const field of fields) {
    const key = field.role === null ? field.dataset.id : `${field.role}:${field.dataset.id}`
    const question = questions.get(key)
    if (question) question.asked.push(field)
    else questions.set(key, { key, role: field.role, dataset: field.dataset, asked: [field] })
  }
  return [...questions.values()]
}

/** The one a role's fields are about: the subject, or the party in that role. */
export function holderOf(request: ExchangeRequest, role: string | null): Subject | undefined {
  if (role === null) return request.subject
  return ownValue(request.parties, role)
}

/**
 * Finds the dataset's declared inputs in the request.
 *
 * Shape: `inputs` holds what is there, in normal form; an absent optional input is left out. `missing` names every
 *        required input that is not there, never a value.
 */
export function inputsOf(
  request: ExchangeRequest,
  role: string | null,
  dataset: DatasetEntry,
): { inputs: Record<string, string>; missing: Reason[] } {
  const inputs: Record<string, string> = {}
  const missing: Reason[] = []
  for (const input of dataset.inputs) {
    const { value, pointer } = locate(request, role, dataset, input)
    if (value !== undefined && value !== '') inputs[input.name] = value
    else if (input.required) missing.push(missingReason(dataset, input, pointer))
  }
  return { inputs, missing }
}

/**
 * Makes sure, before anything is fetched or decided, that every dataset asked for can be looked up.
 *
 * Errors: `subject.incomplete`, with one reason per missing input of any dataset.
 */
export function assertInputsPresent({ request, fields }: Pick<Identified, 'request' | 'fields'>): void {
  const reasons = groupByDataset(fields).flatMap(({ key, role, dataset, asked }) =>
    inputsOf(request, role, dataset).missing.map((reason) => ({
      ...reason,
      fields: asked.map((field) => field.name),
      key,
    })),
  )
  if (reasons.length === 0) return
  const labels = [...new Set(reasons.map((reason) => reason.key))]
  throw new ExchangeError('subject.incomplete', `inputs missing for ${labels.length} dataset(s)`, {
    publicDetail: {
      zh: reasons.map((reason) => reason.zh).join('；'),
      en: reasons.map((reason) => reason.en).join('; '),
    },
    reasons: reasons.map(({ key: _key, ...reason }) => reason),
  })
}

/**
 * Makes sure that the request writes what its sources insist on beside their inputs. Asked after the grants have decided: a
 * missing officer is the grant's refusal first.
 *
 * Errors: `subject.incomplete`, naming dataset and member.
 */
export function assertMembersPresent({ request, fields }: Pick<Identified, 'request' | 'fields'>): void {
  const reasons = groupByDataset(fields).flatMap(({ dataset, asked }) =>
    missingMembers(request, dataset).map((reason) => ({ ...reason, fields: asked.map(({ name }) => name) })),
  )
  if (reasons.length > 0) throw new ExchangeError('subject.incomplete', 'a source insists on more members', { reasons })
}

const MEMBERS: Record<RequestMember, { zh: string; of: (request: ExchangeRequest) => string | undefined }> = {
  'operator.id': { zh: '经办人编号', of: ({ operator }) => operator?.id },
  'operator.name': { zh: '经办人姓名', of: ({ operator }) => operator?.name },
  'operator.unit': { zh: '经办人所在单位', of: ({ operator }) => operator?.unit },
  item: { zh: '政务服务事项', of: ({ item }) => item },
  case: { zh: '办件编号或申报流水号', of: (request) => request.case ?? request.application },
}

/** Many sources must be told the officer, the item or the case and refuse without (R105, R149). */
export function missingMembers(request: ExchangeRequest, dataset: DatasetEntry): Reason[] {
  return (dataset.requestMembers ?? [])
    .filter((member) => MEMBERS[member].of(request) === undefined)
    .map((member) => ({
      rule: 'request-member',
      pointer: `/${member.replace('.', '/')}`,
      zh: `“${dataset.name}”的数源要求请求写明${MEMBERS[member].zh}`,
      en: `the source of \`${dataset.id}\` insists on \`${member}\``,
    }))
}

function locate(
  request: ExchangeRequest,
  role: string | null,
  dataset: DatasetEntry,
  input: DatasetInput,
): { value: string | undefined; pointer: string } {
  const [origin, ...path] = input.from.split('.')
  if (origin === 'subject') {
    const holder = holderOf(request, role)
    const base = role === null ? '/subject' : `/parties/${role}`
    return { value: memberOf(holder, path[0]), pointer: holder ? `${base}/${path[0]}` : base }
  }
  if (origin === 'party') {
    const [party = '', member] = path
    const holder = ownValue(request.parties, party)
    const base = `/parties/${party}`
    return { value: memberOf(holder, member), pointer: holder ? `${base}/${member}` : base }
  }
  // `key`: a party's own key (`spouse:real-estate.unitNo`) goes before the one for the dataset as a whole.
  const name = `${dataset.id}.${input.name}`
  const own = role === null ? undefined : ownValue(request.keys, `${role}:${name}`)
  return { value: own ?? ownValue(request.keys, name), pointer: `/keys/${name}` }
}

function memberOf(holder: Subject | undefined, member: string | undefined): string | undefined {
  if (member === 'id') return holder?.id
  if (member === 'idType') return holder?.idType
  return member === 'name' ? holder?.name : undefined
}

/** Role and key names come from the request: `constructor` must not find anything. */
function ownValue<V>(record: Record<string, V> | undefined, name: string): V | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

function missingReason(dataset: DatasetEntry, input: DatasetInput, pointer: string): Reason {
  return {
    rule: 'input-missing',
    pointer,
    zh: `“${dataset.name}”需要${input.label}`,
    en: `dataset \`${dataset.id}\` needs input \`${input.name}\``,
    next: { zh: `请在 ${pointer} 中提供${input.label}`, en: `give it at ${pointer}` },
  }
}
