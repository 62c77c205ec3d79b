import type { PoolClient } from 'pg'
import type { ConnectorFactory } from '../../gateway/ports/connector.ts'
import { type SqlConfig, sqlConfigSchema } from '../sql/config.ts'
import { createSqlConnector, type SqlFamily } from '../sql/sql-connector.ts'
import { POSTGRES_BOOLEANS } from '../values/from-text.ts'
import { toPositional } from './named-parameters.ts'
import { leaseSqlPool } from './pool.ts'
import { readRows, toFailure } from './read-rows.ts'

const postgres: SqlFamily<PoolClient> = {
  translate: toPositional,
  booleans: POSTGRES_BOOLEANS,
  lease: leaseSqlPool,
  read: readRows,
  toFailure,
}

/** A table or view of the PostgreSQL family; the endpoint's URL is `postgres://user:password@host:port/database`. */
export const sqlPostgres: ConnectorFactory = {
  kind: 'sql-postgres',
  configSchema: sqlConfigSchema,
  create: (config, deps) => createSqlConnector(config as SqlConfig, deps, postgres),
}
