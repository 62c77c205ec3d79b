import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inject } from 'vitest'

export interface Delivered {
  /** Overrides of what the manifest says. */
  manifest?: object
  /** Bytes put there instead of the whole file. */
  data?: Buffer
  hash?: 'sha256' | 'sm3'
}

/** A department's side of a drop folder. */
export interface DropPlace {
  path: string
  url: string
  /** Puts one delivery there: the data first, the manifest last and in one step. */
  deliver(name: string, text: string | Buffer, more?: Delivered): void
}

export function dropPlace(): DropPlace {
  const path = mkdtempSync(join(inject('runDir'), 'drop-'))
  return {
    path,
    url: pathToFileURL(path).href,
    deliver(name, text, { manifest = {}, data, hash = 'sha256' } = {}) {
      const whole = Buffer.isBuffer(text) ? text : Buffer.from(text)
      const said = {
        file: `${name}.csv`,
        bytes: whole.length,
        count: whole.toString('latin1').trimEnd().split('\n').length - 1,
        digest: { alg: hash === 'sm3' ? 'SM3' : 'SHA-256', value: createHash(hash).update(whole).digest('hex') },
        charset: 'utf-8',
        asOf: '2026-11-19T20:00:00+08:00',
        ...manifest,
      }
      mkdirSync(path, { recursive: true })
      writeFileSync(join(path, `${name}.csv`), data ?? whole)
      writeFileSync(join(path, `.${name}`), JSON.stringify(said))
      renameSync(join(path, `.${name}`), join(path, `${name}.manifest.json`))
    },
  }
}

/** One cell, quoted as RFC 4180 wants it. */
export const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
