import { writeSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/**
 * Prints the run's result alone on the very last line, in a form a program can read: `12 passed, 0 failed`, with `, 1 skipped` when
 * there are any. A file that could not be loaded and an error outside of any test count as failed, so that the line never looks
 * green when the exit code is not.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const line = summaryOf(modules, unhandled)
    // The runner still prints and closes things after this; at exit nobody comes later, and the write must not be deferred.
    process.once('exit', () => writeSync(1, `${line}\n`))
  }
}

function summaryOf(modules: readonly TestModule[], unhandled: readonly SerializedError[]): string {
  const count = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    count.failed += module.errors().length
    for (const suite of module.children.allSuites()) count.failed += suite.errors().length // a hook that threw
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      count[state === 'pending' ? 'skipped' : state] += 1
    }
  }
  return `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`
}
