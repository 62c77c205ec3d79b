import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { configSchema } from '../../connectors/file-csv/config.ts'
import { fileCsv } from '../../connectors/file-csv/index.ts'
import type { Connector } from '../../gateway/ports/connector.ts'
import { caller } from '../conformance/connector.ts'
import { type DropPlace, dropPlace } from './deliveries.ts'

const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
let place: DropPlace
let nowMs: number
let alarms: string[]
beforeEach(() => {
  place = dropPlace()
  nowMs = Date.UTC(2026, 10, 20)
  alarms = []
})

const open = (config: object = {}, url = place.url, type = 'string'): Connector => {
  const whole = { endpoint: 'drop', keys: { id: 'id' }, ...config }
  expect(valid(whole), JSON.stringify(valid.errors)).toBe(true)
  return fileCsv.create(whole, {
    datasetId: 'd',
    fields: [{ id: 'v', type }],
    inputs: ['id', 'name'],
    networks: [],
    endpoint: { url },
    timeoutMs: 2_000,
    now: () => nowMs,
    newId: () => 'id-1',
    alarm: (word) => void alarms.push(word),
  })
}
const ask = (
  connector: Connector,
  inputs: Record<string, string> = { id: 'a' },
  signal = new AbortController().signal,
) =>
  connector.fetch({ subjectType: 'person', inputs, fields: ['v'], caller }, signal).then(
    ({ records }) => records.map((record) => record.v),
    (error) => error.code,
  )
/** GB18030 of `测试` and `王`. */
const GB = Buffer.from([0xb2, 0xe2, 0xca, 0xd4, 0xcd, 0xf5])

describe('cells', () => {
  it.each<[string, string, string, unknown]>([
    ['leading zeros', '0012', 'string', '0012'],
    ['a formula', '=1+1', 'string', '=1+1'],
    ['a formula of another kind', '"@SUM(A1,2)"', 'string', '@SUM(A1,2)'],
    ['a command', '"=cmd|\' /C calc\'!A0"', 'string', "=cmd|' /C calc'!A0"],
    ['a number of 20 digits', '12345678901234567890', 'string', '12345678901234567890'],
    ['quotes and commas', '"a ""b"", c"', 'string', 'a "b", c'],
    ['a line break inside quotes', '"a\nb"', 'string', 'a\nb'],
    ['white space', ' a ', 'string', ' a '],
    ['an empty cell', '', 'string', null],
    ['an integer', '12', 'integer', 12],
    ['what is no integer', '=12', 'integer', '=12'],
    ['a date', '2026-01-02', 'date', '20260102'],
  ])('%s', async (_name, text, type, want) => {
    place.deliver('a', `id,v\na,${text}\n`, { manifest: { count: 1 } })
    expect(await ask(open({}, place.url, type))).toEqual([want])
  })
})

describe('charset', () => {
  const gb = Buffer.concat([Buffer.from('id,v\na,'), GB, Buffer.from('\n')])
  it.each<[string, Buffer, string, unknown]>([
    ['GB18030', gb, 'gb18030', ['测试王']],
    ['GB2312, which it contains', gb, 'GB2312', ['测试王']],
    ['UTF-8', Buffer.from('id,v\na,测试王\n'), 'utf-8', ['测试王']],
    ['UTF-8 with a mark in front', Buffer.from('\ufeffid,v\na,测试王\n'), 'utf-8', ['测试王']],
    ['GB18030 called UTF-8', gb, 'utf-8', 'provider.contract'],
    ['UTF-8 called GB18030', Buffer.from('id,v\na,测试王小明\n'), 'gb18030', 'provider.contract'],
    ['UTF-16', Buffer.from('id,v\na,测试\n', 'utf16le'), 'utf-8', 'provider.contract'],
    ['a charset nobody knows', gb, 'big5', 'provider.contract'],
  ])('%s', async (_name, bytes, charset, want) => {
    place.deliver('a', bytes, { manifest: { charset, count: 1 } })
    expect(await ask(open())).toEqual(want)
    if (want === 'provider.contract') expect(alarms).toEqual(['delivery-refused'])
  })
  it('a character that straddles two reads', async () => {
    const text = Buffer.concat([Buffer.from(`id,v\nx,${'y'.repeat(256 * 1024 - 12)}\na,`), GB, Buffer.from('\n')])
    place.deliver('a', text, { manifest: { charset: 'gb18030', count: 2 } })
    expect(await ask(open())).toEqual(['测试王'])
  })
})

describe('the whole file is refused', () => {
  const FILE = 'id,v\na,1\nb,2\n'
  it.each<[string, string, object, string]>([
    ['a row fewer than counted', FILE, { manifest: { count: 3 } }, 'provider.contract'],
    ['a row more than counted', FILE, { manifest: { count: 1 } }, 'provider.contract'],
    ['another digest', FILE, { data: Buffer.from('id,v\na,1\nb,3\n') }, 'provider.contract'],
    ['a digest of another kind', FILE, { manifest: { digest: { alg: 'MD5', value: 'x' } } }, 'provider.contract'],
    ['a file longer than said', FILE, { data: Buffer.from(`${FILE}c,3\n`) }, 'provider.contract'],
    ['a file still arriving', FILE, { data: Buffer.from('id,v\na,') }, 'provider.unreachable'],
    ['a row with a cell too many', 'id,v\na,1\nb,2,3\n', {}, 'provider.contract'],
    ['a row cut off', 'id,v\na,1\nb', {}, 'provider.contract'],
    ['a quote that never closes', 'id,v\na,1\nb,"2\n', {}, 'provider.contract'],
    ['a quote amid a cell', 'id,v\na,1\nb,2"3\n', {}, 'provider.contract'],
    ['a column twice', 'id,v,v\na,1,1\n', {}, 'provider.contract'],
    ['no key column', 'x,v\na,1\n', {}, 'provider.contract'],
    ['no column for a wanted field', 'id,w\na,1\n', {}, 'provider.contract'],
    ['a file in another folder', FILE, { manifest: { file: '../a.csv' } }, 'provider.contract'],
    ['a hidden file', FILE, { manifest: { file: '.a.csv' } }, 'provider.contract'],
    ['no as-of', FILE, { manifest: { asOf: 'yesterday' } }, 'provider.contract'],
  ])('%s', async (_name, text, delivered, code) => {
    place.deliver('a', text, delivered)
    expect(await ask(open())).toBe(code)
    expect(await ask(open({ indexMaxBytes: 0 }))).toBe(code)
  })
  it('a row as long as the file', async () => {
    place.deliver('a', `id,v\na,"${'x'.repeat(2 * 1024 * 1024)}"\n`)
    expect(await ask(open())).toBe('provider.contract')
  })
  it('SM3 is as good as SHA-256', async () => {
    place.deliver('a', FILE, { hash: 'sm3' })
    expect(await ask(open())).toEqual(['1'])
  })
})

describe('the folder', () => {
  it('a link to elsewhere is not followed, be it file, manifest or folder', async () => {
    const other = dropPlace()
    other.deliver('a', 'id,v\na,1\n')
    for (const name of ['a.csv', 'a.manifest.json']) {
      place.deliver('a', 'id,v\na,1\n')
      rmSync(join(place.path, name))
      symlinkSync(join(other.path, name), join(place.path, name))
      expect(await ask(open()), name).toBe('provider.contract')
    }
    symlinkSync(other.path, join(place.path, 'sub'))
    expect(await ask(open({ folder: 'sub' }))).toBe('provider.contract')
    mkdirSync(join(place.path, 'plain'))
    expect(await ask(open({ folder: 'plain' }))).toBe('provider.unreachable')
  })
  it('a pipe does not make anyone wait', async () => {
    place.deliver('a', 'id,v\na,1\n')
    rmSync(join(place.path, 'a.csv'))
    execFileSync('mkfifo', [join(place.path, 'a.csv')])
    expect(await ask(open())).toBe('provider.contract')
  })
  it.each([
    ['another protocol', 'http://127.0.0.1/x'],
    ['a host', 'file://host/x'],
    ['a query', 'file:///x?y'],
    ['no url', '/x'],
  ])('refuses at load: %s', (_name, url) => {
    expect(() => open({}, url)).toThrow(/endpoint/)
  })
  it.each(['../x', 'a/../../x', '/etc', '.hidden'])('the schema refuses the folder `%s`', (folder) => {
    expect(valid({ endpoint: 'd', keys: { id: 'id' }, folder })).toBe(false)
  })
  it('refuses a key that is no input', () => {
    expect(() => open({ keys: { nobody: 'id' } })).toThrow(/no input/)
  })
})

describe('deliveries', () => {
  const day = (n: number) => ({ manifest: { asOf: `2026-11-${10 + n}T00:00:00+08:00` } })
  const settled = async (connector: Connector, want: unknown) => {
    nowMs += 6_000
    await expect.poll(() => ask(connector)).toEqual(want)
  }
  it('the newest by its own time is used, and says that time', async () => {
    place.deliver('b', 'id,v\na,new\n', day(3))
    place.deliver('z', 'id,v\na,old\n', day(1))
    const answer = await open().fetch(
      { subjectType: 'person', inputs: { id: 'a' }, fields: ['v'], caller },
      AbortSignal.timeout(999),
    )
    expect(answer).toEqual({ records: [{ v: 'new' }], asOfMs: Date.UTC(2026, 10, 12, 16) })
  })
  it('a new one takes over in one step; nobody waits for it', async () => {
    place.deliver('a', 'id,v\na,1\n', day(1))
    const connector = open()
    expect(await ask(connector)).toEqual(['1'])
    place.deliver('b', 'id,v\na,2\na,3\n', day(2))
    expect(await ask(connector)).toEqual(['1'])
    await settled(connector, ['2', '3'])
  })
  it('a new one that is refused leaves the old one in use, with one alarm', async () => {
    place.deliver('a', 'id,v\na,1\n', day(1))
    const connector = open()
    await ask(connector)
    place.deliver('b', 'id,v\na,2\n', { manifest: { ...day(2).manifest, count: 7 } })
    await settled(connector, ['1'])
    await expect.poll(() => alarms).toEqual(['delivery-refused'])
    for (const _ of [1, 2, 3]) await settled(connector, ['1'])
    expect(alarms).toEqual(['delivery-refused'])
    place.deliver('b', 'id,v\na,2\n', day(2))
    await settled(connector, ['2'])
  })
  it('one still arriving is taken once it is whole', async () => {
    place.deliver('a', 'id,v\na,1\n', { data: Buffer.from('id,v') })
    const connector = open()
    expect(await ask(connector)).toBe('provider.unreachable')
    writeFileSync(join(place.path, 'a.csv'), 'id,v\na,1\n')
    expect(await ask(connector)).toEqual(['1'])
    expect(alarms).toEqual([])
  })
  it('one that is too old is no answer', async () => {
    place.deliver('a', 'id,v\na,1\n', day(1))
    expect(await ask(open({ maxAgeDays: 30 }))).toEqual(['1'])
    expect(await ask(open({ maxAgeDays: 3 }))).toBe('provider.contract')
  })
  it('a file changed after it was checked is refused when read through', async () => {
    place.deliver('a', 'id,v\na,1\n')
    const connector = open({ indexMaxBytes: 0 })
    expect(await ask(connector)).toEqual(['1'])
    writeFileSync(join(place.path, 'a.csv'), 'id,v\na,9\n')
    expect(await ask(connector)).toBe('provider.contract')
  })
  it('several keys must all fit; an absent optional one does not narrow', async () => {
    place.deliver('a', 'id,n,v\na,x,1\na,y,2\n')
    const connector = open({ keys: { id: 'id', name: 'n' } })
    expect(await ask(connector, { id: 'a', name: 'y' })).toEqual(['2'])
    expect(await ask(connector, { id: 'a' })).toEqual(['1', '2'])
    expect(await ask(connector, { name: 'y' })).toBe('provider.contract')
  })
  it('reading through a large file stops when the time is up, and lets go of it', async () => {
    const rows = Array.from({ length: 400_000 }, (_, n) => `k${n},${'x'.repeat(20)}`)
    place.deliver('a', `id,v\n${rows.join('\n')}\n`)
    const connector = open({ indexMaxBytes: 0 })
    expect(await ask(connector, { id: 'k7' })).toHaveLength(1)
    const startedAt = performance.now()
    expect(await ask(connector, { id: 'k7' }, AbortSignal.timeout(20))).toBe('provider.timeout')
    expect(performance.now() - startedAt).toBeLessThan(500)
    const held = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(place.path)
        } catch {
          return false
        }
      })
    if (process.platform === 'linux') await expect.poll(held).toEqual([])
  })
})
