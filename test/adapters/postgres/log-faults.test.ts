import { fork } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { createLogAnchor } from '../../../gateway/adapters/files/log-anchor.ts'
import { initLogKeys, loadLogKeys } from '../../../gateway/adapters/files/log-keys.ts'
import { createPostgresLogStore } from '../../../gateway/adapters/postgres/log/store.ts'
import { startIntegration } from '../../../gateway/jobs/integrate-log.ts'
import { createWitnessRounds } from '../../../gateway/jobs/witness-round.ts'
import { createLogSigners } from '../../../gateway/log/log-signers.ts'
import { parseVkey } from '../../../gateway/log/note-key.ts'
import type { LogAnchor } from '../../../gateway/ports/log-anchor.ts'
import type { LogHold } from '../../../gateway/ports/log-store.ts'
import { createWitnessClient, type WitnessClient } from '../../../gateway/witness/client.ts'
import { crypto, ORIGIN } from '../../log/sample-log.ts'
import { closing, startWitness, under } from './log-faults.ts'
import { published, until } from './log-support.ts'

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
