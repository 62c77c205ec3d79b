import { Ajv2020 } from 'ajv/dist/2020.js'
import type { DatasetEntry } from '../../catalog/types.ts'
import type { ConnectorFactory } from '../../ports/connector.ts'

export interface ConnectorFault {
  dataset: string
  /** JSON pointer into the dataset's entry. */
  pointer: string
  message: string
}

/** Finds every fault in the datasets' `connector.config`, without endpoints and without calling anybody. */
export function checkConnectorConfigs(
  datasets: Iterable<DatasetEntry>,
  kinds: readonly ConnectorFactory[],
): ConnectorFault[] {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true })
  const validators = new Map(kinds.map(({ kind, configSchema }) => [kind, ajv.compile(configSchema)]))
  return [...datasets].flatMap(({ id, connector }) => {
    const validate = validators.get(connector.kind)
    if (validate === undefined) {
      return [{ dataset: id, pointer: '/connector/kind', message: `unknown kind \`${connector.kind}\`` }]
    }
    if (validate(connector.config)) return []
    return (validate.errors ?? []).map(({ instancePath, message = 'is not valid', params }) => ({
      dataset: id,
      pointer: `/connector/config${instancePath}`,
      message: 'additionalProperty' in params ? `${message}: \`${params.additionalProperty}\`` : message,
    }))
  })
}
