import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, inject } from 'vitest'
import { createLogSigners } from '../../../gateway/log/log-signers.ts'
import { type ServedWitness, serveWitness } from '../../../gateway/witness/server.ts'
import { createWitness } from '../../../gateway/witness/witness.ts'
import { crypto, ORIGIN } from '../../log/sample-log.ts'
import { openedDatabase } from './database.ts'
import { type LogUnderTest, logUnderTest, until } from './log-support.ts'

/** One log per test, and what is opened beside it: imported, it sets up and clears away for the file that imports it. */

export let under: LogUnderTest
export const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  under = await logUnderTest()
})
afterEach(async () => {
  await under.close()
  for (const close of closing.splice(0).reverse()) await close()
})

export async function startWitness(): Promise<{ url: string; vkey: string; served: ServedWitness; stateDir: string }> {
  const stateDir = mkdtempSync(join(inject('runDir'), 'guanyi-witness-'))
  const { log, sm2 } = under.keys
  const signers = createLogSigners(crypto, ORIGIN, log.signingKey, sm2.signingKey)
  const witness = await createWitness({ stateDir, logVkey: signers.vkeys.log, origin: ORIGIN, crypto, now: Date.now })
  const served = await serveWitness(witness)
  closing.push(() => served.close())
  return { url: served.url, vkey: witness.vkey, served, stateDir }
}

/** A copy of the database as it is now: what a backup would restore. */
export async function restored(): Promise<LogUnderTest> {
  const from = new URL(under.database.ownerUrl)
  const to = new URL(under.database.ownerUrl)
  to.pathname = `${from.pathname}_copy`
  const admin = new URL(under.database.ownerUrl)
  admin.pathname = '/postgres'
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: admin.href })
    await client.connect()
    return client.query(text).finally(() => client.end())
  }
  const name = (url: URL) => `"${url.pathname.slice(1)}"`
  await run(`alter database ${name(from)} allow_connections false`)
  const running = `select count(pg_terminate_backend(pid)) as n from pg_stat_activity where datname = '${from.pathname.slice(1)}'`
  await until(async () => (await run(running)).rows[0].n === '0')
  await run(`create database ${name(to)} template ${name(from)}`)
  await run(`alter database ${name(from)} allow_connections true`)
  await until(() => under.records.ready())
  const copy = openedDatabase(to.href, async () => {
    await run(`drop database ${name(to)} with (force)`)
  })
  const again = await logUnderTest(copy)
  closing.push(() => again.close())
  return again
}

/** Same installation, restored database: keys and anchor are those of the first. */
export const sameInstallation = () => ({
  anchorFile: under.anchorFile,
  logKey: under.keys.log.signingKey,
  sm2Key: under.keys.sm2.signingKey,
})
