#!/usr/bin/env node
import { EXIT_INTERRUPTED } from './exit.ts'
import { runCli } from './run.ts'

/** The program itself: everything else can be called by a test. */
const interruption = new AbortController()
let interruptedAtMs: number | undefined
process.on('SIGINT', () => {
  // A second Ctrl-C waits for nobody; but npm passes the first one on again, a moment after the terminal did.
  if (interruptedAtMs !== undefined && Date.now() - interruptedAtMs > 1_000) process.exit(EXIT_INTERRUPTED)
  interruptedAtMs ??= Date.now()
  interruption.abort()
})
// `guanyi grant list | head`: the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const code = await runCli(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  now: Date.now,
  interrupted: interruption.signal,
})
// Servers end by themselves, in order; `process.exitCode` may already say that the shutdown failed.
if (code === EXIT_INTERRUPTED) process.exit(code)
process.exitCode ||= code
// A command that failed has said why; what it had half opened must not keep a supervisor waiting for its end.
if (code !== 0) setTimeout(() => process.exit(), 2_000).unref()
