import { connectorKinds } from '../../connectors/index.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { buildConnectors } from '../adapters/connectors/registry.ts'
import { createPostgresSharedSecrets } from '../adapters/postgres/shared-secrets.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import { rememberDecisions } from '../decision-memory.ts'
import type { DossierService } from '../dossier/open.ts'
import { loadEndpoints } from '../endpoints.ts'
import type { ConnectorRegistry } from '../ports/connector.ts'
import type { DecisionPoint } from '../ports/decision-point.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { createRecordDrafts, type RecordDrafts } from '../record/draft.ts'
import type { Stages } from '../run-exchange.ts'
import { createCompareClaims } from '../shaping/compare-claims.ts'
import { createAuthenticate } from '../stages/authenticate.ts'
import { createAuthorise } from '../stages/authorise.ts'
import { createCeilings } from '../stages/ceilings.ts'
import { createFetch } from '../stages/fetch.ts'
import { createIdentify } from '../stages/identify.ts'
import { createRecord, createRecordFailure } from '../stages/record.ts'
import { createShape } from '../stages/shape.ts'
import { createSign } from '../stages/sign.ts'
import { observedStages } from '../telemetry/observed-stages.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { People } from './people.ts'
import type { Stores } from './stores.ts'

export interface Pipeline {
  stages: Stages
  /** The same stages with their records appended through another hand. */
  stagesOver: (log: Pick<ExchangeLog, 'append'>) => Stages
  decisions: DecisionPoint
  drafts: RecordDrafts
  connectors: ConnectorRegistry
}

const DECISIONS_REMEMBERED = 20_000

/** The stages of an exchange over their adapters. Errors: policies or connectors that are not fit. */
export async function buildPipeline(
  config: Config,
  catalog: Catalog,
  stores: Stores,
  dossiers: DossierService,
  people: Pick<People, 'own'>,
  { metrics, tracing, logger }: Telemetry,
  now: () => number,
): Promise<Pipeline> {
  const { gatewayId } = config
  const { crypto, keys, log, grants, digests, quota, replay, cache, tokens, memberKeys, newId } = stores
  const sharedSecrets = createPostgresSharedSecrets({ url: config.databaseUrl })
  const built = buildConnectors(catalog, await loadEndpoints(config.endpointsFile), connectorKinds, now, {
    gatewayId,
    catalogDir: config.catalogDir,
    sharedSecrets,
    own: people.own,
    alarm: (dataset, word) => logger.error({ dataset, alarm: word }, 'a source needs attention'),
  })
  const sources = { ...built, close: () => built.close().finally(() => sharedSecrets.close()) }
  const connectors = dossiers.withDossiers(sources)
  const point = createDecisionPoint(readPolicyTexts(config.policyDir))
  const decisions = rememberDecisions(point, { max: DECISIONS_REMEMBERED })
  const drafts = createRecordDrafts({
    gatewayId,
    crypto,
    digests,
    sealKey: keys.secret('record-seal'),
    policyVersion: decisions.policyVersion,
  })
  const ceilings = createCeilings({ quota, digests, crypto, log, replay, now })
  const beforeRecord: Omit<Stages, 'record' | 'recordFailure'> = {
    authenticate: createAuthenticate({ catalog: () => catalog, keys: memberKeys, crypto, tokens, newId, now }),
    identify: createIdentify({ gatewayId, replay, log, now }),
    authorise: createAuthorise({
      grants,
      decisions,
      now,
      parties: { cases: dossiers.cases, digests },
      alarm(exchangeId, policies) {
        metrics.policyAlarm()
        logger.error({ exchangeId, policies }, 'policy evaluation failed; refused')
      },
    }),
    charge: ceilings.charge,
    fetch: createFetch({ connectors, cache, now, onSourceFailure: metrics.sourceFailed }),
    shape: createShape({
      now,
      compare: createCompareClaims({ quota, digests, now }),
      onContractBroken: metrics.contractBroken,
      disputed: dossiers.disputed,
    }),
    sign: createSign({ gatewayId, crypto, signingKey: keys.signingKey, now }),
  }
  const stagesOver: Pipeline['stagesOver'] = (hand) => {
    const record = createRecord({
      log: hand,
      drafts,
      now,
      refreshGrants: grants.refresh,
      settle: (exchange) => void ceilings.settle(exchange).catch(() => undefined),
    })
    const recordFailure = createRecordFailure({ log: hand, drafts, now })
    return observedStages({ ...beforeRecord, record, recordFailure }, tracing, metrics)
  }
  return { stages: stagesOver(log), stagesOver, decisions, drafts, connectors }
}
