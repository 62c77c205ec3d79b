import type { Connector, ConnectorDeps, ConnectorFactory, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken } from '../failures.ts'
import { createHttpJson } from '../http-json/index.ts'
import { type JsonTemplate, stringsOf } from '../values/template.ts'
import {
  BODY,
  type CertificateLibraryConfig,
  configSchema,
  HOLDER_TYPES,
  OUTCOME,
  PATHS,
  STATE_FIELDS,
} from './config.ts'

/** Reads one type of certificate, live, from a licence library: by holder, by number, or its state and validity by number. */
export const certificateLibrary: ConnectorFactory = {
  kind: 'certificate-library',
  configSchema,
  create: createCertificateLibrary,
}

function createCertificateLibrary(config: CertificateLibraryConfig, deps: ConnectorDeps): Connector {
  const { typeCode, operation, path, inputs = {}, holderTypes = HOLDER_TYPES, body = BODY, ...plain } = config
  const { holder = 'holderNumber', number = 'certificateNumber' } = inputs
  const needed = operation === 'by-holder' ? holder : number
  if (!deps.inputs.includes(needed)) throw new Error(`the dataset has no input \`${needed}\``)
  assertTells(body)
  if (operation === 'state-by-number') assertStateOnly(deps.fields)

  const http = createHttpJson(
    {
      outcome: OUTCOME,
      records: { path: 'data' },
      ...plain,
      request: { method: 'POST', path: path ?? PATHS[operation], body },
    },
    deps,
    {
      extra: {
        names: ['typeCode', 'holderType', 'holderNumber', 'licenceNumber'],
        values({ subjectType, inputs: given }) {
          // By number alone whoever holds the paper may ask; naming a holder would be asking for one.
          const holderNumber = operation === 'state-by-number' ? undefined : given[holder]
          const holderType = holderNumber === undefined ? undefined : holderTypes[subjectType]
          const licenceNumber = given[number]
          return {
            typeCode,
            ...(holderNumber !== undefined && { holderNumber }),
            ...(holderType !== undefined && { holderType }),
            ...(licenceNumber !== undefined && { licenceNumber }),
          }
        },
      },
    },
  )
  return {
    ...http,
    // A certificate revoked a minute ago must not come back as valid (R111).
    live: true,
    async fetch(lookup: Lookup, signal): Promise<SourceAnswer> {
      const { caller, inputs: given, subjectType } = lookup
      if (caller.purpose.trim() === '' || caller.item === null) {
        throw contractBroken('the library must be told item and use reason')
      }
      if (given[needed] === undefined) throw contractBroken(`the library cannot be asked without \`${needed}\``)
      if (operation === 'by-holder' && holderTypes[subjectType] === undefined) {
        throw contractBroken('the library has no holder type for this kind of subject')
      }
      return http.fetch(lookup, signal)
    },
  }
}

/** R105: no question without type, item and use reason, whatever the body looks like. */
function assertTells(body: JsonTemplate): void {
  const whole = stringsOf(body).join(' ').replaceAll(' ', '')
  for (const name of ['typeCode', 'caller.item.id', 'caller.purpose']) {
    if (!whole.includes(`{{${name}}}`)) throw new Error(`body must tell the library \`{{${name}}}\``)
  }
}

function assertStateOnly(fields: ConnectorDeps['fields']): void {
  const beyond = fields.map(({ id }) => id).filter((id) => !STATE_FIELDS.includes(id))
  if (beyond.length > 0) throw new Error(`a question for the state alone has no field ${beyond.join(', ')}`)
}
