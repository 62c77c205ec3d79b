import type { PoolConnection } from 'mysql2'
import type { ConnectorFactory } from '../../gateway/ports/connector.ts'
import { type SqlConfig, sqlConfigSchema } from '../sql/config.ts'
import { createSqlConnector, type SqlFamily } from '../sql/sql-connector.ts'
import { PLAIN_BOOLEANS } from '../values/from-text.ts'
import { toMarked } from './named-parameters.ts'
import { leaseMysqlPool } from './pool.ts'
import { readRows, toFailure } from './read-rows.ts'

const mysql: SqlFamily<PoolConnection> = {
  translate: toMarked,
  booleans: PLAIN_BOOLEANS,
  lease: leaseMysqlPool,
  read: readRows,
  toFailure,
}

/** A table or view of the MySQL family (MariaDB, MySQL, TiDB, OceanBase); URL `mysql://user:password@host:port/database`. */
export const sqlMysql: ConnectorFactory = {
  kind: 'sql-mysql',
  configSchema: sqlConfigSchema,
  create: (config, deps) => createSqlConnector(config as SqlConfig, deps, mysql),
}
