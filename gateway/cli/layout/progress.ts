import type { Bilingual } from '../../errors/exchange-error.ts'
import type { Output } from '../terminal.ts'

export interface ProgressBar {
  show(done: number): void
  /** Leaves the last state standing and goes on below it. */
  end(): void
}

export interface ProgressOptions {
  total: number
  output: Output
  say: (text: Bilingual) => string
  /** Milliseconds; any clock that only goes forward. */
  now: () => number
  indent?: string
}

const WIDTH = 24
/** A screen is not redrawn more often; a file gets a line at most every so many tenths of the whole. */
const REDRAW_MS = 100
const LINES_PER_RUN = 10

/**
 * Shows how far a long run is: bar, share, count, lines per second and time left. One line redrawn on a screen; in a file
 * or pipe at most ten lines, since nobody wants a thousand.
 */
export function createProgressBar({ total, output, say, now, indent = '' }: ProgressOptions): ProgressBar {
  const startedAtMs = now()
  const screen = output.isTTY === true
  let drawnAtMs = Number.NEGATIVE_INFINITY
  let tenth = -1
  let last = ''

  const line = (done: number): string => {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const filled = Math.round(share * WIDTH)
    const seconds = (now() - startedAtMs) / 1000
    const rate = seconds > 0 ? done / seconds : 0
    const left = rate > 0 ? Math.ceil((total - done) / rate) : undefined
    const count = `${grouped(done)}/${grouped(total)}`
    const pace = say({ zh: `每秒 ${grouped(Math.round(rate))} 行`, en: `${grouped(Math.round(rate))} lines/s` })
    const rest =
      done >= total
        ? say({ zh: `用时 ${duration(seconds)}`, en: `took ${duration(seconds)}` })
        : say({
            zh: `剩余 ${left === undefined ? '—' : duration(left)}`,
            en: `${left === undefined ? '—' : duration(left)} left`,
          })
    return `${indent}[${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)}%  ${count}  ${pace}  ${rest}`
  }

  return {
    show(done) {
      const complete = done >= total
      if (screen) {
        if (!complete && now() - drawnAtMs < REDRAW_MS) return
        drawnAtMs = now()
        const text = line(done)
        if (text !== last) output.write(`\r${text}\u001b[K`)
        last = text
        return
      }
      const reached = total === 0 ? LINES_PER_RUN : Math.floor((done / total) * LINES_PER_RUN)
      if (reached <= tenth) return
      tenth = reached
      output.write(`${line(done)}\n`)
    },
    end() {
      if (screen && last !== '') output.write('\n')
    },
  }
}

/** Thousands set apart, the same in both languages. */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

function duration(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`
}
