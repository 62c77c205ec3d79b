import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { readZip, writeZip, ZipError } from '../../gateway/evidence-package/zip.ts'

const AT = Date.UTC(2026, 2, 1, 4, 30, 2)
const files = new Map([
  ['核查报告.html', Buffer.from('<p>测试</p>'.repeat(500))],
  ['record/entry.json', Buffer.from('{"v":1}')],
  ['empty', Buffer.alloc(0)],
])
const hasPython = spawnSync('python3', ['--version']).status === 0

describe('zip', () => {
  it('gives back what was put in', () => {
    expect(readZip(writeZip(files, AT))).toEqual(files)
  })

  it.skipIf(!hasPython)(
    'is read by Python’s zipfile, names and times included (skipped where Python is absent)',
    () => {
      const dir = mkdtempSync(join(inject('runDir'), 'zip-'))
      writeFileSync(join(dir, 'a.zip'), writeZip(files, AT))
      const script = `
import zipfile, json
z = zipfile.ZipFile('a.zip')
assert z.testzip() is None
z.extractall('out')
print(json.dumps([[i.filename, i.file_size, list(i.date_time)] for i in z.infolist()]))`
      const { stdout, stderr, status } = spawnSync('python3', ['-c', script], { cwd: dir, encoding: 'utf8' })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      expect(JSON.parse(stdout)).toEqual(
        [...files].map(([name, content]) => [name, content.length, [2026, 3, 1, 12, 30, 2]]),
      )
      expect(readFileSync(join(dir, 'out', '核查报告.html'))).toEqual(files.get('核查报告.html'))
    },
  )

  it('refuses every flipped byte of content and every cut', () => {
    const archive = writeZip(new Map([['a', Buffer.from('abc')]]), AT)
    const at = archive.indexOf('abc')
    for (const place of [at, at + 1, at + 2]) {
      const flipped = Buffer.from(archive)
      flipped[place] = flipped[place]! ^ 1
      expect(() => readZip(flipped)).toThrow(ZipError)
    }
    for (let length = 0; length < archive.length; length++) {
      expect(() => readZip(archive.subarray(0, length))).toThrow(ZipError)
    }
  })

  it.each(['../x', '/x', 'a/../../x', 'a\\x'])('refuses the name %s', (name) => {
    expect(() => readZip(writeZip(new Map([[name, Buffer.from('x')]]), AT))).toThrow(ZipError)
  })

  it('refuses what would unpack without end', () => {
    const archive = writeZip(new Map([['a', Buffer.alloc(100_000)]]), AT)
    const central = archive.lastIndexOf(Buffer.from('504b0102', 'hex'))
    archive.writeUInt32LE(10, central + 24)
    expect(() => readZip(archive)).toThrow(ZipError)
  })
})
