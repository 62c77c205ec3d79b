import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { type WatchedFile, watchFileContent } from '../../../gateway/adapters/files/watched-file.ts'

let path: string
let nowMs: number
let faults: number
let file: WatchedFile<number>

beforeEach(() => {
  path = join(mkdtempSync(join(inject('runDir'), 'watched-')), 'number.json')
  nowMs = 1_000_000
  faults = 0
  file = watchFileContent<number>({
    path,
    parse(text) {
      const value: unknown = JSON.parse(text)
      if (typeof value !== 'number') throw new Error('no number')
      return value
    },
    unusable: -1,
    intervalMs: 1_000,
    now: () => nowMs,
    onFault: () => {
      faults += 1
    },
  })
})

/** As our own tools write: whole, in place of the old one. */
const write = (text: string): void => {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

describe('a watched file', () => {
  it('that is not there reads as undefined, and is found when it comes', async () => {
    expect(await file.read()).toBeUndefined()
    write('1')
    expect(await file.read()).toBeUndefined()
    nowMs += 1_000
    expect(await file.read()).toBe(1)
    expect(faults).toBe(0)
  })
  it('is read again when it changes, at most once per interval', async () => {
    write('1')
    expect(await file.read()).toBe(1)
    write('2')
    nowMs += 999
    expect(await file.read()).toBe(1)
    nowMs += 1
    expect(await file.read()).toBe(2)
  })
  it('is never older than the interval, also after a long silence', async () => {
    write('1')
    await file.read()
    write('2')
    nowMs += 3_600_000
    expect(await file.read()).toBe(2)
  })
  it('keeps its last good content through a bad change, told once', async () => {
    write('1')
    await file.read()
    write('not json')
    for (let i = 0; i < 3; i++) {
      nowMs += 1_000
      expect(await file.read()).toBe(1)
    }
    expect(faults).toBe(1)
    write('3')
    nowMs += 1_000
    expect(await file.read()).toBe(3)
  })
  it('that was never usable does not read as absent', async () => {
    write('not json')
    expect(await file.read()).toBe(-1)
    expect(faults).toBe(1)
  })
  it('reads as undefined again once it is gone', async () => {
    write('1')
    await file.read()
    rmSync(path)
    nowMs += 1_000
    expect(await file.read()).toBeUndefined()
  })
  it('goes on looking when the clock is set back', async () => {
    write('1')
    await file.read()
    write('2')
    nowMs -= 3_600_000
    expect(await file.read()).toBe(2)
  })
  it('is read once by many who ask at the same time', async () => {
    write('1')
    expect(await Promise.all(Array.from({ length: 50 }, () => file.read()))).toEqual(Array(50).fill(1))
  })
})
