import { execFile, spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { cosign } from '../../gateway/log/cosignature.ts'
import { decodeBundle, encodeBundle } from '../../gateway/log/entry-bundle.ts'
import { exportLog } from '../../gateway/log/export-log.ts'
import { leafHash } from '../../gateway/log/leaf.ts'
import { createLogSigners } from '../../gateway/log/log-signers.ts'
import { formatVkey } from '../../gateway/log/note-key.ts'
import { parseNote } from '../../gateway/log/signed-note.ts'
import { crypto, mapReader, ORIGIN, sampleEntries, sampleKeys, sampleLog } from '../log/sample-log.ts'

/**
 * Programs not of this project check a log it made: a Go program over Debian's golang-golang-x-mod-dev, and a Python
 * script with hashlib and the openssl command.
 */
const SIZE = 700
const DEBIAN_GO = '/usr/share/gocode'
const here = (name: string) => new URL(name, import.meta.url).pathname
const runs = (command: string, ...args: string[]) => spawnSync(command, args).status === 0
const lacking = {
  go: !runs('go', 'version')
    ? 'there is no `go` command'
    : existsSync(`${DEBIAN_GO}/src/golang.org/x/mod/sumdb/tlog`)
      ? null
      : 'golang-golang-x-mod-dev is not installed',
  python: !runs('python3', '--version')
    ? 'there is no `python3` command'
    : runs('openssl', 'version')
      ? null
      : 'there is no `openssl` command',
}

const keys = sampleKeys()
const vkey = formatVkey(keys.log.noteKey)
const dirs = mkdtempSync(join(inject('runDir'), 'guanyi-verifiers-'))
const whole = join(dirs, 'whole')
const older = join(dirs, 'older-checkpoint')
const forgedOlder = join(dirs, 'forged-older-checkpoint')

beforeAll(async () => {
  const entries = sampleEntries(SIZE)
  const files = await sampleLog(entries, keys)
  // As published: a line for domestic verifiers and one of a witness, which these programs do not know and must ignore.
  const { log, sm2 } = keys
  const signers = createLogSigners(crypto, ORIGIN, log.signingKey, sm2.signingKey)
  const { root } = parseCheckpoint(parseNote(files.get('checkpoint')!.toString()).text)
  const note = await signers.checkpoint(SIZE, root)
  const witness = await cosign(crypto, 'audit', sampleKeys().log.signingKey, parseNote(note).text, 1_760_000_000)
  files.set('checkpoint', Buffer.from(note + witness))
  expect(parseNote(note + witness).lines.length).toBe(3)
  await exportLog(mapReader(files), whole, { 'log.vkey': vkey })
  writeFileSync(older, (await sampleLog(entries.slice(0, 300), keys)).get('checkpoint')!)
  writeFileSync(forgedOlder, (await sampleLog(entries.slice(1, 301), keys)).get('checkpoint')!)
})

/** The exported log with the bundle from entry 256 on altered; with its leaf hashes made to fit, where asked. */
function altered(name: string, change: (entries: Buffer[]) => Buffer[], coverUp: boolean): string {
  const dir = join(dirs, `${name}-${coverUp}`)
  cpSync(whole, dir, { recursive: true })
  const path = join(dir, 'tile/entries/001')
  const entries = change(decodeBundle(readFileSync(path)).map((entry) => Buffer.from(entry)))
  writeFileSync(path, encodeBundle(entries))
  if (coverUp) writeFileSync(join(dir, 'tile/0/001'), Buffer.concat(entries.map(leafHash)))
  return dir
}

const ALTERATIONS: { name: string; change: (entries: Buffer[]) => Buffer[]; first: number }[] = [
  {
    name: 'one flipped byte',
    change(entries) {
      entries[100]![7]! ^= 1
      return entries
    },
    first: 356,
  },
  { name: 'one removed record', change: (entries) => entries.filter((_, place) => place !== 44), first: 300 },
  {
    name: 'a reordered pair',
    change: ([first, second, ...rest]) => [second!, first!, ...rest],
    first: 256,
  },
]

interface Verdict {
  code: number
  out: string
}
function verdict(command: string, args: string[], env: Record<string, string> = {}): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out: stdout + stderr }),
    )
  })
}

function accepts(verify: (dir: string, older: string) => Promise<Verdict>): void {
  it('accepts the log, and that it continues an older checkpoint', async () => {
    expect(await verify(whole, older)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`ACCEPTED: ${SIZE} entries`),
    })
  })
  it('rejects a log that does not continue an older checkpoint', async () => {
    expect((await verify(whole, forgedOlder)).out).toMatch(/^REJECTED/m)
  })
  it.each(ALTERATIONS)('rejects $name, naming it', async ({ name, change, first }) => {
    expect(await verify(altered(name, change, false), older)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`REJECTED: entry ${first}`),
    })
  })
  it.each(ALTERATIONS)('rejects $name when the leaf hashes were made to fit', async ({ name, change }) => {
    expect(await verify(altered(name, change, true), older)).toMatchObject({
      code: 1,
      out: expect.stringContaining('REJECTED'),
    })
  })
  it('rejects a checkpoint with another root', async () => {
    const dir = join(dirs, `checkpoint-${Math.random()}`)
    cpSync(whole, dir, { recursive: true })
    const note = readFileSync(join(dir, 'checkpoint'), 'utf8')
    writeFileSync(join(dir, 'checkpoint'), note.replace(/\n[A-Za-z0-9+/]{4}/, '\nAAAA'))
    expect((await verify(dir, older)).code).toBe(1)
  })
}

describe(`Go, golang.org/x/mod/sumdb${lacking.go === null ? '' : ` (skipped: ${lacking.go})`}`, () => {
  if (lacking.go !== null) return void it.skip(lacking.go, () => {})
  const binary = join(dirs, 'verify-go')
  beforeAll(async () => {
    // Outside any module, with Debian's packages as they are: nothing is fetched.
    const source = join(dirs, 'go', 'src', 'verify')
    mkdirSync(source, { recursive: true })
    copyFileSync(here('verify.go'), join(source, 'main.go'))
    const env = {
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOPATH: `${join(dirs, 'go')}:${DEBIAN_GO}`,
      CGO_ENABLED: '0',
    }
    expect(await verdict('go', ['build', '-o', binary, 'verify'], env)).toMatchObject({ code: 0 })
  }, 180_000)
  accepts((dir, past) => verdict(binary, [dir, vkey, past]))
})

describe(`Python, hashlib and openssl${lacking.python === null ? '' : ` (skipped: ${lacking.python})`}`, () => {
  if (lacking.python !== null) return void it.skip(lacking.python, () => {})
  const python = (...args: string[]) => verdict('python3', [here('verify.py'), ...args])
  accepts((dir, past) => python(dir, vkey, past))

  it('checks the SM3 chain and its SM2 signature, where its hashlib knows SM3', async () => {
    const sm3 = formatVkey(keys.sm2.noteKey)
    const knows = runs('python3', '-c', 'import hashlib; hashlib.new("sm3")')
    const { code, out } = await python(whole, vkey, '-', sm3)
    expect({ code, checked: out.includes('SM3 chain checked') }).toEqual({ code: 0, checked: knows })
    if (!knows) return
    const dir = join(dirs, 'sm3-head')
    cpSync(whole, dir, { recursive: true })
    const head = readFileSync(join(dir, 'sm3-head'), 'utf8')
    writeFileSync(join(dir, 'sm3-head'), head.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`))
    expect((await python(dir, vkey, '-', sm3)).out).toContain('REJECTED: a signature is wrong')
  })
})
