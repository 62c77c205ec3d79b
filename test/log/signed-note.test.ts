import { describe, expect, it } from 'vitest'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { cosign } from '../../gateway/log/cosignature.ts'
import { cosignatureNoteKey, ed25519NoteKey, formatVkey, parseVkey, sm2NoteKey } from '../../gateway/log/note-key.ts'
import { openNote, parseNote, signNote } from '../../gateway/log/signed-note.ts'
import { crypto, ORIGIN, sampleKeys } from './sample-log.ts'

/** Published with golang.org/x/mod/sumdb/note as its example. */
const PUBLISHED = {
  vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note:
    'If you think cryptography is the answer to your problem,\n' +
    'then you don’t know what your problem is.\n'.replace('’', "'") +
    '\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
}

describe('signed note', () => {
  it('opens a note that others published', async () => {
    const key = parseVkey(PUBLISHED.vkey)
    expect(formatVkey(key)).toBe(PUBLISHED.vkey)
    const opened = await openNote(crypto, PUBLISHED.note, [key])
    expect(opened.verified.map((line) => line.key.name)).toEqual(['PeterNeumann'])
  })

  it.each([
    { name: 'another text', change: (note: string) => note.replace('answer', 'Answer') },
    { name: 'no signature', change: (note: string) => note.replace(/\n— .*\n$/, '\n') },
    { name: 'no known key', change: (note: string) => note.replace('— PeterNeumann', '— PeterNewman') },
    { name: 'a control character', change: (note: string) => note.replace('answer', 'ans\twer') },
    { name: 'no last newline', change: (note: string) => note.slice(0, -1) },
    { name: 'something after the signature', change: (note: string) => `${note}more\n` },
    { name: 'a loose spelling of base64', change: (note: string) => note.replace('nAM=\n', 'nAN=\n') },
  ])('refuses $name', async ({ change }) => {
    await expect(openNote(crypto, change(PUBLISHED.note), [parseVkey(PUBLISHED.vkey)])).rejects.toMatchObject({
      name: 'NoteError',
    })
  })

  it('ignores lines of unknown keys, also under a known name', async () => {
    const [mine, other] = [sampleKeys(), sampleKeys()]
    const note = await signNote(crypto, 'text\n', [other.log, mine.log, other.sm2])
    expect((await openNote(crypto, note, [mine.log.noteKey])).verified.length).toBe(1)
  })

  it('a wrong signature of one known key refuses the note, whatever others signed', async () => {
    const keys = sampleKeys()
    const note = await signNote(crypto, 'text\n', [keys.log, keys.sm2])
    const broken = note.replace(/[A-Za-z0-9+/]{8}(?==*\n$)/, 'AAAAAAAA')
    await expect(openNote(crypto, broken, [keys.log.noteKey, keys.sm2.noteKey])).rejects.toThrow(/is wrong/)
    expect((await openNote(crypto, broken, [keys.log.noteKey])).verified.length).toBe(1)
  })

  it('signs with SM2 as a type of its own', async () => {
    const { sm2 } = sampleKeys()
    const note = await signNote(crypto, 'text\n', [sm2])
    const vkey = formatVkey(sm2NoteKey(sm2.noteKey.name, sm2.signingKey.key))
    expect((await openNote(crypto, note, [parseVkey(vkey)])).verified.length).toBe(1)
  })

  it('the same key has another id for another type of signature', () => {
    const { log } = sampleKeys()
    const plain = ed25519NoteKey('n', log.signingKey.key)
    expect(plain.id).not.toBe(cosignatureNoteKey('n', log.signingKey.key).id)
  })

  it.each(['', 'a+b', 'name+00000000+AQ==', 'name+zz+AQ==', PUBLISHED.vkey.replace('c74f', 'c74e'), 'n+00000000+Ag=='])(
    'refuses the vkey `%s`',
    (vkey) => expect(() => parseVkey(vkey)).toThrow(expect.objectContaining({ name: 'NoteKeyError' })),
  )
})

describe('checkpoint', () => {
  const root = Buffer.alloc(32, 7)
  const text = formatCheckpoint({ origin: ORIGIN, size: 20_852_163, root })

  it('goes to text and back', () => {
    expect(text.split('\n').slice(0, 2)).toEqual([ORIGIN, '20852163'])
    expect(parseCheckpoint(text)).toEqual({ origin: ORIGIN, size: 20_852_163, root })
    expect(parseCheckpoint(`${text}an extension\n`).size).toBe(20_852_163)
  })

  it('reads the example of the specification', () => {
    const example =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
      '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n'
    const note = parseNote(example)
    expect(parseCheckpoint(note.text)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 })
    expect(note.lines[0]?.signature.length).toBe(64)
  })

  it.each([
    { name: 'a size with a leading zero', bad: text.replace('20852163', '020852163') },
    { name: 'a negative size', bad: text.replace('20852163', '-1') },
    { name: 'a short root', bad: text.replace(/.{4}=\n$/, '\n') },
    { name: 'an empty extension line', bad: `${text}\n` },
    { name: 'no origin', bad: text.replace(ORIGIN, '') },
  ])('refuses $name', ({ bad }) =>
    expect(() => parseCheckpoint(bad)).toThrow(expect.objectContaining({ name: 'NoteError' })),
  )

  it('is not accepted from a key of another origin', async () => {
    const other = sampleKeys('another:log')
    const note = await signNote(crypto, text, [other.log])
    await expect(openCheckpoint(crypto, note, [other.log.noteKey])).rejects.toThrow(/not signed by the log/)
  })
})

describe('cosignature', () => {
  it('carries its time and covers the checkpoint', async () => {
    const [keys, witness] = [sampleKeys(), sampleKeys('w').log.signingKey]
    const text = formatCheckpoint({ origin: ORIGIN, size: 1, root: Buffer.alloc(32) })
    const note =
      (await signNote(crypto, text, [keys.log])) + (await cosign(crypto, 'audit/w1', witness, text, 1_679_315_147))
    const key = cosignatureNoteKey('audit/w1', witness.key)
    expect(parseVkey(formatVkey(key))).toMatchObject({ id: key.id, type: 4 })
    const opened = await openCheckpoint(crypto, note, [keys.log.noteKey], [key])
    expect(opened.verified[1]).toMatchObject({ timestampSeconds: 1_679_315_147 })
    const moved = await cosign(crypto, 'audit/w1', witness, text.replace('\n1\n', '\n2\n'), 1_679_315_147)
    const forged = (await signNote(crypto, text, [keys.log])) + moved
    await expect(openCheckpoint(crypto, forged, [keys.log.noteKey], [key])).rejects.toThrow(/is wrong/)
  })
})
