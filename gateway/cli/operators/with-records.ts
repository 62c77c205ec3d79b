import { loadPolicySet } from '../../../policies/engine/policy-set.ts'
import { readPolicyTexts } from '../../../policies/load.ts'
import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { type InstallationKeys, loadInstallationKeys } from '../../adapters/files/installation-keys.ts'
import { createPostgresExchangeLog } from '../../adapters/postgres/log/exchange-log.ts'
import type { Catalog } from '../../catalog/types.ts'
import type { AdministrativeRecords } from '../../operators/types.ts'
import type { CryptoProvider } from '../../ports/crypto.ts'
import { createAdministrativeRecords } from '../../record/administrative.ts'
import { createExchangeId } from '../../record/exchange-id.ts'
import { createSubjectDigests } from '../../record/subject-digests.ts'
import { requireCatalog } from '../catalogue.ts'
import { configError } from '../exit.ts'
import { databaseUrl, keysDir } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

/** What a command needs that does what must be recorded. */
export interface RecordingCommand {
  gatewayId: string
  catalog: Catalog
  keys: InstallationKeys
  crypto: CryptoProvider
  records: AdministrativeRecords
}

/** Opens the log for administrative acts of one command; the environment is the gateway's own. */
export async function withRecords<T>(io: CliIo, work: (parts: RecordingCommand) => Promise<T>): Promise<T> {
  const { env } = io
  const gatewayId = env.GUANYI_GATEWAY_ID
  if (!gatewayId)
    throw configError('缺少环境变量 GUANYI_GATEWAY_ID', 'environment variable GUANYI_GATEWAY_ID is missing')
  const catalog = await requireCatalog(io)
  const policyVersion = loadPolicySet(readPolicyTexts(env.GUANYI_POLICY_DIR || 'policies')).version
  const keys = await loadInstallationKeys(keysDir(env))
  const crypto = createSoftwareCrypto()
  const log = createPostgresExchangeLog({ url: databaseUrl(env) })
  try {
    const records = createAdministrativeRecords({
      gatewayId,
      log,
      crypto,
      digests: createSubjectDigests(crypto, keys.secret('subject-digest')),
      sealKey: keys.secret('record-seal'),
      catalogVersion: () => catalog.version,
      policyVersion: () => policyVersion,
      newId: createExchangeId((bytes) => crypto.random(bytes)),
      now: io.now,
    })
    return await work({ gatewayId, catalog, keys, crypto, records })
  } finally {
    await log.close()
  }
}
