import { fork } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { signCheckpoint } from '../../gateway/log/checkpoint.ts'
import { EMPTY_ROOT } from '../../gateway/log/leaf.ts'
import { formatVkey, parseVkey } from '../../gateway/log/note-key.ts'
import { createWitnessClient } from '../../gateway/witness/client.ts'
import { crypto, ORIGIN, sampleKeys } from '../log/sample-log.ts'

it('a witness runs as a process of its own, and keeps its key over a kill', async () => {
  const keys = sampleKeys()
  const stateDir = await mkdtemp(join(inject('runDir'), 'guanyi-witness-'))
  const args = ['--state-dir', stateDir, '--log-vkey', formatVkey(keys.log.noteKey), '--name', 'audit-bureau']
  const start = async () => {
    const child = fork(new URL('../../gateway/witness/main.ts', import.meta.url), args, {
      execArgv: ['--import', 'tsx'],
      silent: true,
    })
    const ready = await new Promise<{ url: string; vkey: string }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { url: string; vkey: string }))
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
    })
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
    return { child, ended, ...ready }
  }
  const first = await start()
  const client = createWitnessClient({ url: first.url, key: parseVkey(first.vkey), crypto })
  const checkpoint = await signCheckpoint(crypto, { origin: ORIGIN, size: 0, root: EMPTY_ROOT }, [keys.log])
  expect(await client.submit({ oldSize: 0, proof: [], checkpoint }, 5000)).toMatchObject({ kind: 'cosigned' })
  expect(first.vkey).toMatch(/^audit-bureau\+/)
  first.child.kill('SIGKILL')
  await first.ended

  const second = await start()
  expect(second.vkey).toBe(first.vkey)
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
})
