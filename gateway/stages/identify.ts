import { notGranted } from '../../policies/engine/refusal.ts'
import { resolveField } from '../catalog/field-ref.ts'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, ExchangeRequest, Identified, Mode, RequestedField } from '../exchange.ts'
import { isExchangeOp } from '../requests/exchange-request.schema.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { assertNoLoop } from '../requests/loops.ts'
import { normaliseSubjects } from '../requests/subjects.ts'
import { exchangeShape } from '../requests/validators.ts'
import { actingMember, assertFirstUse, type EnvelopeDeps, openEnvelope } from './envelope.ts'
import { assertInputsPresent, groupByDataset, holderOf } from './inputs.ts'

export type IdentifyDeps = EnvelopeDeps

/**
 * Checks that the request is well formed, for this gateway and operation, fresh and its first use, that the acting
 * department is one this system may act for, and that subject, parties and fields are what they say.
 *
 * Errors: `identity.suspended`, `access.denied` (network, agency), `request.malformed`, `request.expired`,
 *         `request.replayed` (naming the first exchange), `subject.*`, `field.unknown`.
 */
export const createIdentify = (deps: IdentifyDeps) =>
  async function identify(authenticated: Authenticated): Promise<Identified> {
    const { sender, received } = authenticated
    const { op } = received
    if (!isExchangeOp(op)) throw new ExchangeError('internal', `\`${op}\` is no exchange`)
    const { payload: written, expiresAtMs } = openEnvelope(deps, authenticated, exchangeShape(op))
    assertNoIdentifierInFreeText(written)
    await assertFirstUse(deps, authenticated, written.jti, expiresAtMs)

    assertNoLoop(written, deps.gatewayId)
    const requestId = { iss: sender.system.id, jti: written.jti, expiresAtMs }
    return understand(authenticated, op, written, requestId, deps.now())
  }

/**
 * What a well-formed request means under the catalogue, whether it came as one POST or as one line of a batch.
 *
 * Errors: `subject.*`, `access.denied`, `field.unknown`.
 */
export function understand(
  authenticated: Authenticated,
  op: Mode,
  written: ExchangeRequest,
  requestId: Identified['requestId'],
  nowMs: number,
): Identified {
  const { received, catalog } = authenticated
  const request = normaliseSubjects(written, nowMs)
  const acting = actingMember(authenticated, request.onBehalfOf)
  assertItem(catalog, request)
  const fields = requestedFields(catalog, request)
  const identified: Identified = {
    ...authenticated,
    received: { ...received, op },
    request,
    requestId,
    acting,
    fields,
  }
  assertSubjectsFit(identified)
  assertInputsPresent(identified)
  return identified
}

/** An unknown scenario or item reads like one without a grant: the record keeps no word that is not in the catalogue. */
export function assertItem(catalog: Catalog, request: Pick<ExchangeRequest, 'scenario' | 'item'>): void {
  const unknown = !catalog.scenarios.has(request.scenario)
    ? { rule: 'scenario', pointer: '/scenario', zh: '目录中没有这个应用场景', en: 'the catalogue has no such scenario' }
    : request.item !== undefined && !catalog.items.has(request.item)
      ? { rule: 'item', pointer: '/item', zh: '目录中没有这个事项', en: 'the catalogue has no such item' }
      : undefined
  if (unknown !== undefined)
    throw new ExchangeError('access.denied', 'scenario or item is not in the catalogue', { reasons: [unknown] })
}

export function requestedFields(
  catalog: Catalog,
  request: Pick<ExchangeRequest, 'scenario' | 'fields' | 'claims'>,
): RequestedField[] {
  const names = request.fields ?? Object.keys(request.claims ?? {})
  const unknownDatasets: string[] = []
  const unknownFields: string[] = []
  const found: RequestedField[] = []
  for (const name of names) {
    const resolved = resolveField(catalog, name)
    if (resolved.ok) found.push(resolved.field)
    else if (resolved.fault === 'dataset') unknownDatasets.push(name)
    else unknownFields.push(name)
  }
  if (unknownDatasets.length > 0) {
    // Same answer as for a dataset that exists and was not granted: what is not published cannot be probed for.
    throw new ExchangeError('access.denied', 'dataset is not in the catalogue', {
      reasons: [notGranted(request.scenario, unknownDatasets)],
    })
  }
  if (unknownFields.length > 0) {
    throw new ExchangeError('field.unknown', 'field is not in the dataset', {
      reasons: [
        {
          rule: 'field',
          fields: unknownFields,
          zh: '数据资源中没有这些信息项',
          en: 'the datasets have no such fields',
        },
      ],
    })
  }
  return found
}

/** A dataset about organisations is not asked about a person: the source would be given the wrong kind of number. */
function assertSubjectsFit({ fields, request }: Identified): void {
  const wrong = groupByDataset(fields).filter(({ role, dataset }) => {
    const holder = holderOf(request, role)
    return (
      holder !== undefined && !(dataset.subjectTypes.includes(holder.type) && dataset.idTypes.includes(holder.idType))
    )
  })
  if (wrong.length === 0) return
  throw new ExchangeError('subject.invalid', 'dataset is not about this kind of subject', {
    reasons: wrong.map(({ key, role, dataset, asked }) => ({
      rule: 'subject-kind',
      pointer: role === null ? '/subject' : '/parties',
      fields: asked.map(({ name }) => name),
      zh: `“${dataset.name}”不按这类主体或标识查询`,
      en: `\`${key}\` cannot be asked by this kind of subject or identifier`,
    })),
  })
}
