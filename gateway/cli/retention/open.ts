import { readFile } from 'node:fs/promises'
import { loadPolicySet } from '../../../policies/engine/policy-set.ts'
import { readPolicyTexts } from '../../../policies/load.ts'
import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { loadInstallationKeys } from '../../adapters/files/installation-keys.ts'
import { createPostgresExchangeLog } from '../../adapters/postgres/exchange-log.ts'
import { createPostgresRetentionStore } from '../../adapters/postgres/retention-store.ts'
import type { AdministrativeRecords } from '../../operators/types.ts'
import { createAdministrativeRecords } from '../../record/administrative.ts'
import { createExchangeId } from '../../record/exchange-id.ts'
import { createSubjectDigests } from '../../record/subject-digests.ts'
import type { RetentionStore } from '../../retention/types.ts'
import { requireCatalog } from '../catalogue.ts'
import { configError } from '../exit.ts'
import { databaseUrl, keysDir, ownerUrl } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

/** The owner's store alone, for looking. */
export async function withStore<T>({ env }: CliIo, work: (store: RetentionStore) => Promise<T>): Promise<T> {
  const store = createPostgresRetentionStore({ url: ownerUrl(env) })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Store and records: what purging and erasing take. The environment is the gateway's own. */
export async function withRetention<T>(
  io: CliIo,
  work: (deps: { store: RetentionStore; records: AdministrativeRecords }) => Promise<T>,
): Promise<T> {
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
    return await withStore(io, (store) => work({ store, records }))
  } finally {
    await log.close()
  }
}

export const registryText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch(() => {
    throw configError(`读不到操作员名册 ${path}`, `cannot read the operator registry ${path}`)
  })
