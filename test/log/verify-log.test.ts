import { beforeAll, describe, expect, it } from 'vitest'
import { signCheckpoint } from '../../gateway/log/checkpoint.ts'
import { cosign } from '../../gateway/log/cosignature.ts'
import { decodeBundle, encodeBundle } from '../../gateway/log/entry-bundle.ts'
import { leafHash } from '../../gateway/log/leaf.ts'
import { cosignatureNoteKey, formatVkey } from '../../gateway/log/note-key.ts'
import { parsePolicy } from '../../gateway/log/policy.ts'
import { EMPTY_EDGE, growTree, rootOf } from '../../gateway/log/tree.ts'
import { verifyLog } from '../../gateway/log/verify-log.ts'
import { crypto, type Files, mapReader, ORIGIN, sampleEntries, sampleKeys, sampleLog } from './sample-log.ts'

const SIZE = 600
const keys = sampleKeys()
const entries = sampleEntries(SIZE)
let whole: Files
beforeAll(async () => {
  whole = await sampleLog(entries, keys)
})

const verify = (files: Files, more: object = {}) =>
  verifyLog({
    reader: mapReader(files),
    crypto,
    logKey: keys.log.noteKey,
    sm3Key: keys.sm2.noteKey,
    ...more,
  })

const rootAt = (size: number) => rootOf(growTree(EMPTY_EDGE, entries.slice(0, size).map(leafHash)).edge)
const signedAt = (size: number, root = rootAt(size)) =>
  signCheckpoint(crypto, { origin: ORIGIN, size, root }, [keys.log])

/** The log with one file changed; the file is named by the path. */
function altered(path: string, change: (content: Buffer) => Buffer | undefined): Files {
  const files = new Map(whole)
  const content = change(Buffer.from(files.get(path)!))
  if (content === undefined) files.delete(path)
  else files.set(path, content)
  return files
}
const bundle = (change: (part: Buffer[]) => Buffer[]) => (content: Buffer) =>
  encodeBundle(change(decodeBundle(content)))
const flip = (at: number) => (content: Buffer) => {
  content[at]! ^= 1
  return content
}

describe('verifyLog', () => {
  it('accepts a whole log and says what it checked', async () => {
    const seen: number[] = []
    const report = await verify(whole, { onProgress: (checked: number) => seen.push(checked) })
    expect(report).toEqual({
      ok: true,
      origin: ORIGIN,
      size: SIZE,
      root: rootAt(SIZE).toString('base64'),
      entriesChecked: SIZE,
      lowestKept: 0,
      continuesFrom: null,
      sm3Size: SIZE,
      cosignatures: [],
      fault: null,
    })
    expect(seen).toEqual([256, 512, 600])
  })

  it.each([0, 1, 255, 256, 257, 512])('accepts a log of %i entries', async (size) => {
    expect(await verify(await sampleLog(entries.slice(0, size), keys))).toMatchObject({ ok: true, size })
  })

  it.each<{ name: string; path: string; change: (content: Buffer) => Buffer | undefined; fault: object }>([
    { name: 'one flipped byte', path: 'tile/entries/001', change: flip(2), fault: { code: 'entry', index: 256 } },
    {
      name: 'one removed record',
      path: 'tile/entries/001',
      change: bundle((part) => part.filter((_, place) => place !== 44)),
      fault: { code: 'entry', index: 300 },
    },
    {
      name: 'the last record removed',
      path: 'tile/entries/002.p/88',
      change: bundle((part) => part.slice(0, -1)),
      fault: { code: 'entry', index: 599 },
    },
    {
      name: 'a reordered pair',
      path: 'tile/entries/000',
      change: bundle(([first, second, third, ...rest]) => [first!, third!, second!, ...rest]),
      fault: { code: 'entry', index: 1 },
    },
    {
      name: 'a record too many',
      path: 'tile/entries/002.p/88',
      change: bundle((part) => [...part, part[0]!]),
      fault: { code: 'entry', index: 600 },
    },
    {
      name: 'a cut bundle',
      path: 'tile/entries/001',
      change: (b) => b.subarray(0, -1),
      fault: { code: 'entry', index: 256 },
    },
    {
      name: 'a missing bundle',
      path: 'tile/entries/001',
      change: () => undefined,
      fault: { code: 'missing', index: 256 },
    },
    { name: 'a flipped leaf hash', path: 'tile/0/001', change: flip(32 * 9), fault: { code: 'entry', index: 265 } },
    {
      name: 'a missing tile',
      path: 'tile/0/002.p/88',
      change: () => undefined,
      fault: { code: 'missing', index: 512 },
    },
    {
      name: 'a flipped hash one level up',
      path: 'tile/1/000.p/2',
      change: flip(40),
      fault: { code: 'tile', index: 256 },
    },
    { name: 'a flipped SM3 digest', path: 'tile/sm3/000', change: flip(0), fault: { code: 'sm3', index: 0 } },
    { name: 'no checkpoint', path: 'checkpoint', change: () => undefined, fault: { code: 'checkpoint' } },
    { name: 'a flipped checkpoint', path: 'checkpoint', change: flip(20), fault: { code: 'checkpoint' } },
    { name: 'no SM3 head', path: 'sm3-head', change: () => undefined, fault: { code: 'sm3' } },
    { name: 'a flipped SM3 head', path: 'sm3-head', change: flip(30), fault: { code: 'sm3' } },
  ])('names the first thing wrong: $name', async ({ path, change, fault }) => {
    const report = await verify(altered(path, change))
    expect(report.ok).toBe(false)
    expect(report.fault).toMatchObject(fault)
  })

  it('an entry rewritten with its leaf hash is found by the hash above, or by the root', async () => {
    const forged = await sampleLog(
      entries.map((entry, index) => (index === 300 ? Buffer.from('{"forged":1}') : entry)),
      keys,
    )
    const files = new Map(whole)
    for (const path of ['tile/entries/001', 'tile/0/001', 'tile/sm3/001']) files.set(path, forged.get(path)!)
    expect((await verify(files)).fault).toMatchObject({ code: 'tile', index: 256 })
    files.set('tile/1/000.p/2', forged.get('tile/1/000.p/2')!)
    expect((await verify(files)).fault).toMatchObject({ code: 'root' })
  })

  it('an entry that is no JSON is named', async () => {
    const odd = await sampleLog([...entries.slice(0, 3), Buffer.from('[1]')], keys)
    expect((await verify(odd)).fault).toMatchObject({ code: 'json', index: 3 })
  })

  it.each([0, 1, 255, 256, 300, 512, 599, 600])('continues an older checkpoint of size %i', async (size) => {
    expect(await verify(whole, { older: await signedAt(size) })).toMatchObject({ ok: true, continuesFrom: size })
  })

  it.each([1, 256, 300, 600])('does not continue another log’s checkpoint of size %i', async (size) => {
    const report = await verify(whole, { older: await signedAt(size, Buffer.alloc(32, 1)) })
    expect(report.fault).toMatchObject({ code: 'inconsistent' })
  })

  it('is not shorter than an older checkpoint', async () => {
    const shorter = await sampleLog(entries.slice(0, 100), keys)
    expect((await verify(shorter, { older: await signedAt(200) })).fault).toMatchObject({ code: 'inconsistent' })
  })

  it('accepts a chain head that is a little older than the checkpoint', async () => {
    const files = new Map(whole)
    files.set('sm3-head', (await sampleLog(entries.slice(0, 300), keys)).get('sm3-head')!)
    expect(await verify(files)).toMatchObject({ ok: true, sm3Size: 300 })
  })

  it('goes by hashes alone where entries were purged, and says from where entries are kept', async () => {
    const files = altered('tile/entries/000', () => undefined)
    files.set('lowest-kept', Buffer.from('256\n'))
    expect(await verify(files)).toMatchObject({ ok: true, lowestKept: 256, entriesChecked: SIZE - 256, sm3Size: SIZE })
    files.delete('tile/entries/001')
    expect((await verify(files)).fault).toMatchObject({ code: 'missing', index: 256 })
  })

  it('demands the witnesses of the policy', async () => {
    const witness = sampleKeys('w').log.signingKey
    const policy = parsePolicy(`witness w ${formatVkey(cosignatureNoteKey('w', witness.key))}\nquorum w\n`)
    expect((await verify(whole, { policy })).fault).toMatchObject({ code: 'witness' })
    const note = whole.get('checkpoint')!.toString()
    const line = await cosign(crypto, 'w', witness, note.slice(0, note.lastIndexOf('\n\n') + 1), 1_760_000_000)
    const report = await verify(
      altered('checkpoint', () => Buffer.from(note + line)),
      { policy },
    )
    expect(report).toMatchObject({ ok: true, cosignatures: [{ name: 'w', at: '2025-10-09T08:53:20.000Z' }] })
  })
})
