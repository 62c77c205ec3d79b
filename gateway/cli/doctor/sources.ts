import { setMaxListeners } from 'node:events'
import { connectorKinds } from '../../../connectors/index.ts'
import { buildConnectors, ConnectorConfigError } from '../../adapters/connectors/registry.ts'
import { loadEndpoints } from '../../endpoints.ts'
import { catalogIfAny } from '../catalogue.ts'
import { type Check, findings } from './finding.ts'

const subject = { check: 'sources', name: { zh: '数源', en: 'sources' } }
const PROBE_MS = 5_000

export const sourcesCheck: Check = {
  ...subject,
  async run({ env, io }) {
    const { ok, fail, skipped } = findings(subject)
    const file = env.GUANYI_ENDPOINTS_FILE
    const catalog = await catalogIfAny(io)
    if (!file) return [skipped({ zh: '未设 GUANYI_ENDPOINTS_FILE', en: 'GUANYI_ENDPOINTS_FILE is not set' })]
    if (catalog === undefined) return [skipped({ zh: '目录不可用', en: 'no usable catalogue' })]
    try {
      const connectors = buildConnectors(catalog, await loadEndpoints(file), connectorKinds, io.now, {
        ...(env.GUANYI_GATEWAY_ID && { gatewayId: env.GUANYI_GATEWAY_ID }),
        ...(env.GUANYI_CATALOG_DIR && { catalogDir: env.GUANYI_CATALOG_DIR }),
      })
      const limit = AbortSignal.timeout(PROBE_MS)
      setMaxListeners(0, limit) // every source listens to it
      const results = await connectors.probe(limit).finally(() => connectors.close())
      return results.map(({ dataset, ok: reached, code }) => {
        const { name, provider } = catalog.datasets.get(dataset)!
        const department = catalog.members.get(provider)?.name ?? provider
        const about = `${dataset}（${department} ${name}）`
        if (reached) return ok(about)
        return fail(`${about} ${code}`, {
          zh: `联系${department}核对地址、账号与网络；其他数源不受影响`,
          en: 'check address, login and network with the provider; other sources are not affected',
        })
      })
    } catch (thrown) {
      if (!(thrown instanceof ConnectorConfigError)) throw thrown
      return thrown.faults.map(({ dataset, pointer, message }) =>
        fail(`${dataset}${pointer}: ${message}`, {
          zh: '改正目录中的 connector 或数源地址文件',
          en: 'correct the dataset’s connector or the endpoints file',
        }),
      )
    }
  },
}
