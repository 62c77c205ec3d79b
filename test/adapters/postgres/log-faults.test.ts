import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { createLogAnchor } from '../../../gateway/adapters/files/log-anchor.ts'
import { initLogKeys, loadLogKeys } from '../../../gateway/adapters/files/log-keys.ts'
import { createPostgresLogStore } from '../../../gateway/adapters/postgres/log-store.ts'
import { startIntegration } from '../../../gateway/jobs/integrate-log.ts'
import { createWitnessRounds } from '../../../gateway/jobs/witness-round.ts'
import { createLogSigners } from '../../../gateway/log/log-signers.ts'
import { parseVkey } from '../../../gateway/log/note-key.ts'
import type { LogAnchor } from '../../../gateway/ports/log-anchor.ts'
import type { LogHold } from '../../../gateway/ports/log-store.ts'
import { createWitnessClient, type WitnessClient } from '../../../gateway/witness/client.ts'
import { type ServedWitness, serveWitness } from '../../../gateway/witness/server.ts'
import { createWitness } from '../../../gateway/witness/witness.ts'
import { crypto, ORIGIN, sampleKeys } from '../../log/sample-log.ts'
import { openedDatabase } from './database.ts'
import { type LogUnderTest, logUnderTest, published, until } from './log-support.ts'

let under: LogUnderTest
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  under = await logUnderTest()
})
afterEach(async () => {
  await under.close()
  for (const close of closing.splice(0).reverse()) await close()
})

async function startWitness(): Promise<{ url: string; vkey: string; served: ServedWitness; stateDir: string }> {
  const stateDir = mkdtempSync(join(inject('runDir'), 'guanyi-witness-'))
  const { log, sm2 } = under.keys
  const signers = createLogSigners(crypto, ORIGIN, log.signingKey, sm2.signingKey)
  const witness = await createWitness({ stateDir, logVkey: signers.vkeys.log, origin: ORIGIN, crypto, now: Date.now })
  const served = await serveWitness(witness)
  closing.push(() => served.close())
  return { url: served.url, vkey: witness.vkey, served, stateDir }
}

/** A copy of the database as it is now: what a backup would restore. */
async function restored(): Promise<LogUnderTest> {
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
const sameInstallation = () => ({
  anchorFile: under.anchorFile,
  logKey: under.keys.log.signingKey,
  sm2Key: under.keys.sm2.signingKey,
})

describe('a database restored from an older backup', () => {
  async function grownAfterBackup(more: object = {}): Promise<LogUnderTest> {
    const service = under.service(more)
    service.start()
    await under.append(100)
    await published(service, 100)
    await service.stop()
    const copy = await restored()
    const later = under.service(more)
    later.start()
    await under.append(50)
    await published(later, 150)
    await later.stop()
    return copy
  }

  it('is not signed, neither at once nor after it has grown past the old size', async () => {
    const copy = await grownAfterBackup()
    const metrics = new Map<string, number>()
    const service = copy.service({ ...sameInstallation(), onMetric: (name, value) => metrics.set(name, value) })
    service.start()
    await until(() => service.readiness().refusal === 'behind-anchor')
    expect(service.readiness()).toMatchObject({ ready: false })
    expect(metrics.get('log_signing_refused')).toBe(1)
    expect(copy.lines.join('\n')).toMatch(/LOG SIGNING REFUSED/)
    await copy.append(100)
    await until(() => service.readiness().refusal === 'other-root')
    expect((await service.view.latestCheckpoint())?.size).toBe(100)
  })

  it('is not signed by a process that only followed, either', async () => {
    const copy = await grownAfterBackup()
    const [one, two] = [copy.service(sameInstallation()), copy.service(sameInstallation())]
    one.start()
    await until(() => one.readiness().refusal !== null)
    two.start()
    await until(() => two.readiness().refusal === 'behind-anchor')
    await one.stop()
    await until(() => two.readiness().role === 'integrating')
    await copy.append(100)
    await until(() => two.readiness().refusal === 'other-root')
    expect((await two.view.latestCheckpoint())?.size).toBe(100)
  })

  it('is not signed when only the witness remembers', async () => {
    const witness = await startWitness()
    const copy = await grownAfterBackup({ witness })
    rmSync(under.anchorFile)
    const service = copy.service({ ...sameInstallation(), witness })
    service.start()
    await until(() => service.readiness().refusal === 'behind-witness')
    await copy.append(100)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(service.readiness().refusal).toBe('behind-witness')
    expect((await service.view.latestCheckpoint())?.size).toBe(100)
  })

  it('is not signed while nobody can say how far the log had come', async () => {
    const witness = await startWitness()
    const copy = await grownAfterBackup({ witness })
    rmSync(under.anchorFile)
    await witness.served.close()
    const service = copy.service({ ...sameInstallation(), witness })
    service.start()
    await until(() => service.readiness().refusal === 'unanchored')
  })

  it('that still holds every record that was signed goes on with the same history', async () => {
    const service = under.service()
    service.start()
    await under.append(100)
    await published(service, 100)
    await service.stop()
    await under.append(50)
    const copy = await restored() // 150 records, 100 of them in the tree
    const later = under.service()
    later.start()
    const { note } = await published(later, 150)
    await later.stop()
    const again = copy.service(sameInstallation())
    again.start()
    await copy.append(5)
    await published(again, 155)
    expect(await copy.verify(again, note)).toMatchObject({ ok: true, continuesFrom: 150 })
  })

  it('an emptied database under an old anchor is not signed', async () => {
    await createLogAnchor(under.anchorFile).advance({ size: 7, root: Buffer.alloc(32, 7) })
    const service = under.service()
    service.start()
    await until(() => service.readiness().refusal === 'behind-anchor')
    expect(await service.view.latestCheckpoint()).toBeUndefined()
  })

  it('an anchor that cannot be kept stops the signing, loudly', async () => {
    const service = under.service({ anchorFile: '/proc/no-such-place/log-anchor.json' })
    service.start()
    await until(() => service.readiness().fault !== null)
    expect(service.readiness()).toMatchObject({ ready: false, refusal: null })
    expect(await service.view.latestCheckpoint()).toBeUndefined()
    expect(under.lines.filter((line) => line.includes('log integration interrupted')).length).toBe(1)
  })

  it('another key does not go on with a log', async () => {
    const service = under.service()
    service.start()
    await published(service, 0)
    await service.stop()
    const other = under.service({ logKey: sampleKeys().log.signingKey })
    other.start()
    await until(() => other.readiness().refusal === 'other-key')
  })

  it('a record changed in the part not yet bundled stops the signing', async () => {
    const service = under.service()
    service.start()
    await under.append(5)
    await published(service, 5)
    await service.stop()
    const { sql } = under.database
    const [{ name }] = (await sql<{ name: string }>(
      'select tableoid::regclass::text as name from records limit 1',
    )) as [{ name: string }]
    await sql(`alter table ${name} disable trigger append_only`)
    await sql(`update records set entry = '{}' where index = 2`)
    const again = under.service()
    again.start()
    await until(() => again.readiness().refusal === 'damaged')
  })
})

describe('cut off between the steps of a checkpoint', () => {
  class Cut extends Error {}
  const cut = (): never => {
    throw new Cut('cut off here')
  }

  it.each<{ name: string; step: 'tiles' | 'anchor' | 'witness' }>([
    { name: 'tiles durable, nothing else', step: 'tiles' },
    { name: 'anchored, not signed', step: 'anchor' },
    { name: 'signed and seen by the witness, not published', step: 'witness' },
  ])('$name: the next integrator publishes the same root', async ({ step }) => {
    const { url, vkey } = await startWitness()
    const store = createPostgresLogStore({ url: under.database.url })
    closing.push(() => store.close())
    const real: LogHold = (await store.hold())!
    const anchor = createLogAnchor(under.anchorFile)
    const client = createWitnessClient({ url, key: parseVkey(vkey), crypto })
    let armed = false
    const seen: string[] = []
    const watched: WitnessClient = {
      key: client.key,
      async submit(submission, ms) {
        seen.push(submission.checkpoint)
        return client.submit(submission, ms)
      },
    }
    const cutAnchor: LogAnchor = {
      read: () => anchor.read(),
      async advance(head) {
        if (armed && step === 'tiles') cut()
        await anchor.advance(head)
        if (armed && step === 'anchor') cut()
      },
    }
    const hold: LogHold = { ...real, publish: (checkpoint) => (armed ? cut() : real.publish(checkpoint)) }
    const { log, sm2 } = under.keys
    const integration = await startIntegration({
      hold,
      signers: createLogSigners(crypto, ORIGIN, log.signingKey, sm2.signingKey),
      anchor: cutAnchor,
      witness: createWitnessRounds(watched, () => {}),
      now: Date.now,
      note: () => {},
    })
    await under.append(300)
    await integration.pass()
    await under.append(30)
    armed = true
    await expect(integration.pass()).rejects.toThrow(Cut)
    expect((await real.tree()).size).toBe(330)
    expect((await real.latestCheckpoint())?.size).toBe(300)
    const promised = (await real.tree()).root
    await real.release()

    // More records come before the next integrator: what was promised is still published, or covered.
    await under.append(1)
    const service = under.service({ witness: { url, vkey } })
    service.start()
    const latest = await published(service, 331)
    await until(async () => (await service.view.latestCheckpoint())?.cosignatures !== '')
    expect(latest.size).toBe(331)
    if (step === 'witness') {
      const signed = seen.at(-1)!
      expect(signed).toContain(`\n330\n${promised.toString('base64')}\n`)
      expect(await under.verify(service, signed)).toMatchObject({ ok: true, continuesFrom: 330 })
    } else expect(await under.verify(service)).toMatchObject({ ok: true, size: 331 })
  })

  it('killed again and again under load, by processes that take over from each other', async () => {
    const keysDir = mkdtempSync(join(inject('runDir'), 'guanyi-log-keys-'))
    await initLogKeys(keysDir)
    const { log, sm2 } = await loadLogKeys(keysDir)
    const script = new URL('./log-process.ts', import.meta.url)
    const spawn = () =>
      fork(script, [under.database.url, keysDir, under.anchorFile, ORIGIN], {
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
    let writing = true
    let appended = 0
    const writer = (async () => {
      while (writing) appended += (await under.append(20)).length
    })()
    const reader = under.service({ logKey: log, sm2Key: sm2 }) // never started: it only reads
    const notes: string[] = []
    const first = spawn()
    let holder = first
    let standby = spawn()
    for (let kill = 0; kill < 5; kill += 1) {
      const before = (await reader.view.latestCheckpoint())?.size ?? -1
      notes.push((await published(reader, before + 1)).note)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120))
      holder.kill('SIGKILL')
      holder = standby
      standby = spawn()
    }
    writing = false
    await writer
    await published(reader, appended)
    for (const process of [holder, standby]) process.kill('SIGKILL')
    for (const older of notes) expect(await under.verify(reader, older)).toMatchObject({ ok: true, size: appended })
  }, 60_000)

  it('a frozen integrator is replaced, and cannot write once it thaws', async () => {
    const keysDir = mkdtempSync(join(inject('runDir'), 'guanyi-log-keys-'))
    await initLogKeys(keysDir)
    const { log, sm2 } = await loadLogKeys(keysDir)
    const script = new URL('./log-process.ts', import.meta.url)
    const frozen = fork(script, [under.database.url, keysDir, under.anchorFile, ORIGIN], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const service = under.service({ logKey: log, sm2Key: sm2 })
    try {
      await under.append(20)
      await published(service, 20)
      frozen.kill('SIGSTOP')
      service.start()
      await under.append(20)
      const { note } = await published(service, 40)
      expect(service.readiness().role).toBe('integrating')
      frozen.kill('SIGCONT')
      await under.append(20)
      await published(service, 60)
      expect(await under.verify(service, note)).toMatchObject({ ok: true, size: 60 })
      expect(service.readiness()).toMatchObject({ role: 'integrating', refusal: null })
    } finally {
      frozen.kill('SIGKILL')
    }
  }, 30_000)
})

describe('the witness', () => {
  it('is asked again for the same checkpoint while nothing happens, so that its age stays small', async () => {
    const { url, vkey } = await startWitness()
    let aheadMs = 0
    const metrics = new Map<string, number>()
    const service = under.service({
      witness: { url, vkey },
      now: () => Date.now() + aheadMs,
      onMetric: (name, value) => metrics.set(name, value),
    })
    service.start()
    const first = await published(service, 0)
    await until(async () => (await service.view.latestCheckpoint())?.cosignatures !== '')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    aheadMs = 70_000
    await until(async () => {
      const again = await service.view.latestCheckpoint()
      return again?.size === 0 && again.cosignatures !== first.cosignatures
    })
    expect(await under.verify(service)).toMatchObject({ ok: true, size: 0 })
  })

  it('cosigns what is published', async () => {
    const { url, vkey } = await startWitness()
    const metrics = new Map<string, number>()
    const service = under.service({ witness: { url, vkey }, onMetric: (name, value) => metrics.set(name, value) })
    service.start()
    await under.append(3)
    const { cosignatures } = await published(service, 3)
    expect(cosignatures).toContain(`— witness/${ORIGIN} `)
    expect((await service.reader.get('checkpoint'))?.toString()).toContain(cosignatures)
    await until(() => metrics.has('log_cosignature_age_seconds'))
    expect(metrics.get('log_cosignature_age_seconds')).toBeLessThan(3)
  })

  it('does not hold the log up while it is away', async () => {
    const { url, vkey, served } = await startWitness()
    const service = under.service({ witness: { url, vkey } })
    service.start()
    await under.append(3)
    await published(service, 3)
    await served.close()
    await under.append(3)
    await published(service, 6)
    await under.append(3)
    expect((await published(service, 9)).cosignatures).toBe('')
    expect(under.lines.join('\n')).toMatch(/witness is away/)
    expect(service.readiness().ready).toBe(true)
  })

  it('that knows another history stops the signing', async () => {
    const { url, vkey } = await startWitness()
    const first = under.service({ witness: { url, vkey } })
    first.start()
    await under.append(5)
    await published(first, 5)
    await first.stop()
    const fork = await logUnderTest()
    closing.push(() => fork.close())
    await fork.append(9)
    const service = fork.service({ ...sameInstallation(), anchorFile: fork.anchorFile, witness: { url, vkey } })
    service.start()
    await until(() => ['behind-witness', 'witness-disagrees'].includes(service.readiness().refusal ?? ''))
  })
})
