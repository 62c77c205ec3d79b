import { hash } from 'node:crypto'

/** The definitions of RFC 6962 §2.1 written down word for word: slow, and plainly right. */
const sha = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer')
const concat = (prefix: number, ...parts: Buffer[]): Buffer => Buffer.concat([Buffer.from([prefix]), ...parts])
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)

export function mth(entries: readonly Buffer[]): Buffer {
  if (entries.length === 0) return sha(Buffer.alloc(0))
  if (entries.length === 1) return sha(concat(0, entries[0]!))
  const k = split(entries.length)
  return sha(concat(1, mth(entries.slice(0, k)), mth(entries.slice(k))))
}

export function path(m: number, entries: readonly Buffer[]): Buffer[] {
  if (entries.length === 1) return []
  const k = split(entries.length)
  return m < k
    ? [...path(m, entries.slice(0, k)), mth(entries.slice(k))]
    : [...path(m - k, entries.slice(k)), mth(entries.slice(0, k))]
}

export const proof = (m: number, entries: readonly Buffer[]): Buffer[] => subproof(m, entries, true)

function subproof(m: number, entries: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === entries.length) return whole ? [] : [mth(entries)]
  const k = split(entries.length)
  return m <= k
    ? [...subproof(m, entries.slice(0, k), whole), mth(entries.slice(k))]
    : [...subproof(m - k, entries.slice(k), false), mth(entries.slice(0, k))]
}
