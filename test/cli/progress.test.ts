import { describe, expect, it } from 'vitest'
import { createProgressBar } from '../../gateway/cli/layout/progress.ts'
import { createTerminal } from '../../gateway/cli/terminal.ts'

function bar(total: number, isTTY: boolean, lang: 'zh' | 'en' = 'zh') {
  const clock = { ms: 0 }
  const written: string[] = []
  const output = { isTTY, write: (text: string) => written.push(text) }
  const { say } = createTerminal(lang, false)
  return { clock, written, bar: createProgressBar({ total, output, say, now: () => clock.ms, indent: '  ' }) }
}

describe('a progress bar', () => {
  it('is one line redrawn on a screen, at most ten times a second, the end always', () => {
    const { bar: shown, clock, written } = bar(10_000, true)
    for (let done = 0; done <= 10_000; done += 10) {
      clock.ms += 10
      shown.show(done)
    }
    shown.end()
    expect(written.length).toBeLessThan(110)
    expect(written.slice(0, -1).every((text) => text.startsWith('\r') && text.endsWith('\u001b[K'))).toBe(true)
    expect(written.at(-1)).toBe('\n')
    expect(written.at(-2)).toContain('[████████████████████████] 100%  10,000/10,000  每秒 999 行  用时 10 s')
  })
  it('is a few lines in a file: one for each tenth', () => {
    const { bar: shown, clock, written } = bar(1_000, false, 'en')
    for (let done = 0; done <= 1_000; done += 1) {
      clock.ms += 5
      shown.show(done)
    }
    shown.end()
    expect(written).toHaveLength(11)
    expect(written[4]).toBe('  [██████████░░░░░░░░░░░░░░]  40%  400/1,000  200 lines/s  4 s left\n')
    expect(written.some((text) => text.includes('\r') || text.includes('\u001b'))).toBe(false)
  })
  it('says nothing it does not know: no pace yet, no time left', () => {
    const { bar: shown, written } = bar(1_000, false)
    shown.show(0)
    expect(written[0]).toContain('0/1,000  每秒 0 行  剩余 —')
  })
  it('of nothing is whole', () => {
    const { bar: shown, written } = bar(0, false)
    shown.show(0)
    expect(written[0]).toContain('100%  0/0')
  })
})
