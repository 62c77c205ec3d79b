import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { openCheckpoint, signCheckpoint } from '../../gateway/log/checkpoint.ts'
import { consistencyProof } from '../../gateway/log/consistency.ts'
import { leafHash } from '../../gateway/log/leaf.ts'
import { formatVkey, parseVkey } from '../../gateway/log/note-key.ts'
import { tileNodes } from '../../gateway/log/tile-nodes.ts'
import { EMPTY_EDGE, growTree, rootOf } from '../../gateway/log/tree.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from '../../gateway/witness/add-checkpoint.ts'
import { createWitnessClient } from '../../gateway/witness/client.ts'
import { type ServedWitness, serveWitness } from '../../gateway/witness/server.ts'
import { createWitness, type Witness } from '../../gateway/witness/witness.ts'
import { crypto, ORIGIN, sampleEntries, sampleKeys } from '../log/sample-log.ts'

const NOW = Date.parse('2026-11-20T08:00:00Z')
const keys = sampleKeys()
const logVkey = formatVkey(keys.log.noteKey)
const leaves = sampleEntries(200).map(leafHash)

const rootAt = (size: number, from = leaves) => rootOf(growTree(EMPTY_EDGE, from.slice(0, size)).edge)
const signed = (size: number, root = rootAt(size), signers = [keys.log], origin = ORIGIN) =>
  signCheckpoint(crypto, { origin, size, root }, signers)
async function proof(oldSize: number, size: number) {
  const { tiles } = growTree(EMPTY_EDGE, leaves.slice(0, size))
  const read = async ({ kind, index }: { kind: unknown; index: number }) =>
    tiles.find((tile) => tile.level === kind && tile.index === index)?.hashes
  return consistencyProof(tileNodes(read, size), oldSize, size)
}

let stateDir: string
let witness: Witness
let served: ServedWitness
const open = () => createWitness({ stateDir, logVkey, origin: ORIGIN, crypto, now: () => NOW })
beforeEach(async () => {
  stateDir = await mkdtemp(join(inject('runDir'), 'guanyi-witness-'))
  witness = await open()
  served = await serveWitness(witness)
})
afterEach(() => served.close())

const post = async (body: string) => {
  const response = await fetch(`${served.url}/add-checkpoint`, { method: 'POST', body })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
const add = async (oldSize: number, size: number, more: { checkpoint?: string; proof?: Buffer[] } = {}) =>
  post(
    formatAddCheckpoint({
      oldSize,
      proof: more.proof ?? (await proof(oldSize, size)),
      checkpoint: more.checkpoint ?? (await signed(size)),
    }),
  )

describe('witness', () => {
  it('cosigns the first checkpoint it sees and every one that continues it', async () => {
    for (const [oldSize, size] of [
      [0, 0],
      [0, 5],
      [5, 5],
      [5, 130],
      [130, 200],
    ] as const) {
      const checkpoint = await signed(size)
      const { status, text } = await add(oldSize, size, { checkpoint })
      expect(status).toBe(200)
      const opened = await openCheckpoint(crypto, checkpoint + text, [keys.log.noteKey], [parseVkey(witness.vkey)])
      expect(opened.verified[1]).toMatchObject({ timestampSeconds: NOW / 1000 })
      expect(witness.lastSize()).toBe(size)
    }
  })

  it('remembers over a restart, under the same key', async () => {
    await add(0, 130)
    const again = await open()
    expect([again.lastSize(), again.vkey]).toEqual([130, witness.vkey])
    expect((await stat(join(stateDir, 'witness.jwk.json'))).mode & 0o777).toBe(0o600)
  })

  it('has written down what it cosigned before the cosignature leaves', async () => {
    await add(0, 130)
    expect(await readFile(join(stateDir, 'guanyi_371082.json'), 'utf8')).toContain('\\n130\\n')
  })

  it('does not start from a state it cannot read', async () => {
    await add(0, 5)
    await writeFile(join(stateDir, 'guanyi_371082.json'), '{')
    await expect(open()).rejects.toThrow()
  })

  it('answers 409 with its size to whoever begins elsewhere', async () => {
    await add(0, 130)
    for (const oldSize of [0, 129, 131])
      expect(await add(oldSize, 200)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '130\n' })
  })

  it.each([
    {
      name: 'a history that does not continue',
      more: async () => ({ checkpoint: await signed(200, Buffer.alloc(32)) }),
      want: 422,
    },
    { name: 'a wrong proof', more: async () => ({ proof: [Buffer.alloc(32)] }), want: 422 },
    { name: 'no proof', more: async () => ({ proof: [] }), want: 422 },
    {
      name: 'an unknown log key',
      more: async () => ({ checkpoint: await signed(200, rootAt(200), [sampleKeys().log]) }),
      want: 403,
    },
    {
      name: 'an unknown log',
      more: async () => ({ checkpoint: await signed(200, rootAt(200), [keys.log], 'other') }),
      want: 404,
    },
    { name: 'no checkpoint', more: async () => ({ checkpoint: 'nothing\n' }), want: 400 },
  ])('refuses $name with $want, and keeps its state', async ({ more, want }) => {
    await add(0, 130)
    expect((await add(130, 200, await more())).status).toBe(want)
    expect(witness.lastSize()).toBe(130)
    expect((await add(130, 200)).status).toBe(200)
  })

  it('refuses another root for the size it cosigned', async () => {
    await add(0, 130)
    expect(await add(130, 130, { checkpoint: await signed(130, Buffer.alloc(32)) })).toMatchObject({
      status: 409,
      text: '130\n',
    })
  })

  it('refuses an old size above the checkpoint', async () => {
    expect((await add(0, 5, { checkpoint: await signed(5) })).status).toBe(200)
    expect((await post(formatAddCheckpoint({ oldSize: 9, proof: [], checkpoint: await signed(7) }))).status).toBe(400)
  })

  it('of two requests at once one is judged by the state the other left', async () => {
    await add(0, 5)
    const [one, two] = await Promise.all([add(5, 130), add(5, 200)])
    expect([one.status, two.status].sort()).toEqual([200, 409])
    expect([130, 200]).toContain(witness.lastSize())
  })

  it.each([
    '',
    'old 1',
    'old 01\n\nx\n',
    'old -1\n\nx\n',
    `old 0\nAAAA\n\nx\n`,
    `old 0\n${'A'.repeat(43)}=\n`.repeat(64),
  ])('refuses the body `%s`', async (body) => {
    expect((await post(body)).status).toBe(400)
  })

  it('refuses what is too large, other methods and other paths', async () => {
    expect((await post('x'.repeat(70_000))).status).toBe(413)
    expect((await fetch(`${served.url}/add-checkpoint`)).status).toBe(405)
    expect((await fetch(`${served.url}/other`)).status).toBe(404)
    expect(await (await fetch(served.url)).text()).toBe(`${witness.vkey}\n`)
  })

  it('reads the example of the specification', () => {
    const body =
      'old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n' +
      '5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\nexample.com/behind-the-sofa\n'
    expect(parseAddCheckpoint(body)).toMatchObject({ oldSize: 20_852_014, checkpoint: 'example.com/behind-the-sofa\n' })
    expect(formatAddCheckpoint(parseAddCheckpoint(body)!)).toBe(body)
  })
})

describe('witness client', () => {
  const client = (more: object = {}) =>
    createWitnessClient({ url: served.url, key: parseVkey(witness.vkey), crypto, ...more })
  const submit = async (oldSize: number, size: number, more: object = {}) =>
    client(more).submit({ oldSize, proof: await proof(oldSize, size), checkpoint: await signed(size) }, 2000)

  it('tells the answers apart', async () => {
    expect(await submit(0, 130)).toMatchObject({ kind: 'cosigned', timestampSeconds: NOW / 1000 })
    expect(await submit(0, 200)).toEqual({ kind: 'elsewhere', size: 130 })
    const forged = { oldSize: 130, proof: [], checkpoint: await signed(130, Buffer.alloc(32)) }
    expect(await client().submit(forged, 2000)).toEqual({ kind: 'inconsistent' })
  })
  it('takes no cosignature but its witness’s', async () => {
    const other = parseVkey(formatVkey(sampleKeys('other').log.noteKey))
    expect(await submit(0, 130, { key: { ...parseVkey(witness.vkey), id: other.id } })).toMatchObject({ kind: 'away' })
  })
  it('never throws', async () => {
    await served.close()
    expect(await submit(0, 130)).toMatchObject({ kind: 'away' })
  })
})
