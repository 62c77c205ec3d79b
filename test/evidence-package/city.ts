import type { Hono } from 'hono'
import { connectorSchemas } from '../../connectors/index.ts'
import { generateJwk, importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { loadInstallationKeys } from '../../gateway/adapters/files/installation-keys.ts'
import { createMemberKeys } from '../../gateway/adapters/files/member-keys.ts'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import { createPostgresEvidenceStore } from '../../gateway/adapters/postgres/retention/evidence.ts'
import { createApp } from '../../gateway/app.ts'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { PackageDeps } from '../../gateway/evidence-package/build.ts'
import {
  keepPublishedVersions,
  policyText,
  readCatalogText,
} from '../../gateway/evidence-package/published-versions.ts'
import type { EvidenceStore } from '../../gateway/evidence-package/types.ts'
import { createUnsealer } from '../../gateway/evidence-package/unseal.ts'
import { signCheckpoint } from '../../gateway/log/checkpoint.ts'
import { inclusionPath } from '../../gateway/log/inclusion.ts'
import { leafHash, nodeHash } from '../../gateway/log/leaf.ts'
import { ed25519NoteKey, formatVkey } from '../../gateway/log/note-key.ts'
import { type Nodes, rangeRoot } from '../../gateway/log/tile-nodes.ts'
import { formatProof } from '../../gateway/log/tlog-proof.ts'
import type { Operator, OperatorGate, OperatorRole } from '../../gateway/operators/types.ts'
import { createAdministrativeRecords } from '../../gateway/record/administrative.ts'
import { createExchangeId } from '../../gateway/record/exchange-id.ts'
import { createSubjectDigests, type SubjectDigests } from '../../gateway/record/subject-digests.ts'
import { adminEvidencePackageRoutes } from '../../gateway/routes/admin-evidence-package.ts'
import { adminUnsealRoutes } from '../../gateway/routes/admin-unseal.ts'
import type { Bindings } from '../../gateway/routes/exchanges.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { loadPolicySet } from '../../policies/engine/policy-set.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { crypto } from '../operators/management.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

/** The request printed in design §4, about the cast. */
export const enrolment = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: '11371082PDY003018B3370705001001202611200001',
  purpose: '义务教育入学资格核验',
  onBehalfOf: 'rc-jyj',
  operator: OPERATORS.education,
  subject: { type: 'person', idType: 'resident-id', id: PUPIL.id, name: PUPIL.name },
  parties: { guardian: { type: 'person', idType: 'resident-id', id: GUARDIAN.id, name: GUARDIAN.name } },
  fields: [
    'household-registration.address',
    'household-registration.householder',
    'guardian:real-estate.certificateNo',
  ],
} as const

export const AUDITOR: Operator = { id: 'op-audit', name: '测试审计', role: 'audit-administrator', member: 'rc-dsjzx' }

export interface City {
  seeded: Seeded
  deps: PackageDeps
  store: EvidenceStore
  digests: SubjectDigests
  /** Requests to the routes, as an operator of a role. */
  request(path: string, init?: RequestInit, role?: OperatorRole): Promise<Response>
  entries(): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

/** A seeded gateway (or the one given), and the evidence routes over its very database and keys. */
export async function evidenceCity(given?: Seeded): Promise<City> {
  const seeded = given ?? (await seededGateway({ redis: null }))
  const { env, serviceUrl, catalog } = seeded.installation
  const keys = await loadInstallationKeys(env.GUANYI_KEYS_DIR!)
  const log = createPostgresExchangeLog({ url: serviceUrl })
  const store = createPostgresEvidenceStore({ url: serviceUrl })
  const texts = readPolicyTexts(env.GUANYI_POLICY_DIR!)
  const policyVersion = loadPolicySet(texts).version
  await keepPublishedVersions(
    store,
    { catalog: await readCatalogText(env.GUANYI_CATALOG_DIR!, { connectorSchemas }), policy: policyText(texts) },
    { catalog: catalog.version, policy: policyVersion },
  )
  const digests = createSubjectDigests(crypto, keys.secret('subject-digest'))
  const sealKey = keys.secret('record-seal')
  const newId = createExchangeId((bytes) => crypto.random(bytes))
  const records = createAdministrativeRecords({
    gatewayId: GATEWAY_ID,
    log,
    crypto,
    digests,
    sealKey,
    catalogVersion: () => catalog.version,
    policyVersion: () => policyVersion,
    newId,
    now: Date.now,
  })
  const unsealer = createUnsealer({ store, records, crypto, sealKey })
  const memberKeys = createMemberKeys({
    dir: env.GUANYI_MEMBER_KEYS_DIR!,
    catalog: () => catalog,
    now: Date.now,
    onFault: () => {},
  })
  const logKey = importSigningJwk({ ...generateJwk('EdDSA', 'log') })
  const noteKey = ed25519NoteKey(GATEWAY_ID, logKey.key)

  async function proofOf(exchangeId: string): Promise<string> {
    const rows = await seeded.sql<{ exchange_id: string; entry: Buffer }>(
      'select exchange_id, entry from records order by index',
    )
    const leaves = rows.map(({ entry }) => leafHash(entry))
    const nodes: Nodes = async (height, index) =>
      height === 0
        ? leaves[index]!
        : nodeHash(await nodes(height - 1, index * 2), await nodes(height - 1, index * 2 + 1))
    const [index, size] = [rows.findIndex(({ exchange_id }) => exchange_id === exchangeId), rows.length]
    const checkpoint = await signCheckpoint(
      crypto,
      { origin: GATEWAY_ID, size, root: await rangeRoot(nodes, 0, size) },
      [{ noteKey, signingKey: logKey }],
    )
    // As the log gives it to the caller: with the salt.
    const salts = await seeded.sql<{ salt: Buffer }>(
      'select s.salt from record_sides s join exchange_ids e on e.index = s.index where e.exchange_id = $1',
      [exchangeId],
    )
    const extra = Buffer.from(JSON.stringify({ v: 1, exchangeId, salt: salts[0]?.salt.toString('base64url') ?? null }))
    return formatProof({ index, path: await inclusionPath(nodes, index, size), checkpoint, extra })
  }
  const deps: PackageDeps = {
    store,
    log,
    records,
    unsealer,
    crypto,
    publicJwks: keys.publicJwks,
    logVkeys: () => formatVkey(noteKey),
    proofOf,
    senderKey: (system, kid) => memberKeys.find(system, kid),
    signingKey: keys.signingKey,
    gatewayId: GATEWAY_ID,
    now: Date.now,
  }
  // The gate itself is tested with tokens in test/routes/admin-operators.test.ts.
  const gateFor = (role: OperatorRole): OperatorGate => ({
    async require(_c, ...roles) {
      if (!roles.includes(role)) throw new ExchangeError('access.denied', 'another role')
      return { ...AUDITOR, role }
    },
  })
  return {
    seeded,
    deps,
    store,
    digests,
    async request(path, init, role = 'audit-administrator') {
      const gate = gateFor(role)
      const routes = [adminEvidencePackageRoutes({ ...deps, gate }), adminUnsealRoutes({ gate, log, unsealer })]
      const app = createApp({ logger: createLogger('silent'), routes: routes as Hono<Bindings>[] })
      return await app.request(path, init, { incoming: { socket: { remoteAddress: '127.0.0.1' } } })
    },
    async entries() {
      const rows = await seeded.sql<{ entry: Buffer }>('select entry from records order by index')
      return rows.map(({ entry }) => JSON.parse(entry.toString()) as Record<string, unknown>)
    },
    async stop() {
      await store.close()
      await log.close()
      if (given === undefined) await seeded.stop()
    },
  }
}
