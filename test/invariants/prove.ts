/**
 * Shows that the tests of the invariants notice when a guarding line is gone: copies the checkout into a temporary folder,
 * takes one line out at a time, and expects its test to fail. `npx tsx test/invariants/prove.ts`, some two minutes; not part of
 * `npm test`, whose tests it judges.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

interface Guard {
  invariant: number
  file: string
  line: string
  instead: string
  /** A test that must fail without the line. */
  test: string
  name: string
}

const PURE = 'test/invariants/pure.test.ts'
const HTTP = 'test/invariants/over-http.test.ts'
const GUARDS: Guard[] = [
  {
    invariant: 1,
    file: 'gateway/run-exchange.ts',
    line: 'const outcome = await stages.record(signed)',
    instead:
      "void stages.record(signed).catch(() => undefined)\n      const outcome = { status: 'recorded' as const, exchange: { ...signed, index: 0n } }",
    test: HTTP,
    name: 'yes: not a byte',
  },
  {
    invariant: 1,
    file: 'gateway/run-exchange.ts',
    line: 'await stages.recordFailure(known, failure)',
    instead: 'void stages.recordFailure(known, failure).catch(() => undefined)',
    test: HTTP,
    name: 'no: not a byte',
  },
  {
    invariant: 1,
    file: 'gateway/run-exchange.ts',
    line: ": new ExchangeError('record.unavailable', 'no record of a refusal could be made', { cause: thrown })",
    instead: ': failure',
    test: PURE,
    name: 'cannot be recorded',
  },
  {
    invariant: 1,
    file: 'gateway/record/draft.ts',
    line: 'requestId: identified?.requestId ?? fallbackRequestId(known, nowMs)',
    instead: 'requestId: identified?.requestId ?? null',
    test: HTTP,
    name: 'strangers and repeats have none',
  },
  {
    invariant: 2,
    file: 'gateway/stages/shape.ts',
    line: 'const released: ReleasedRow = {}',
    instead: 'const released: ReleasedRow = { ...(record as ReleasedRow) }',
    test: PURE,
    name: 'stay behind',
  },
  {
    invariant: 2,
    file: 'policies/engine/decide.ts',
    line: 'uncovered.length > 0 || request.fields.length === 0',
    instead: 'request.fields.length === 0',
    test: PURE,
    name: 'one field too many',
  },
  {
    invariant: 3,
    file: 'gateway/stages/authorise.ts',
    line: "if (decision.effect !== 'permit') {",
    instead: "if (decision.effect !== 'permit' && decision.alarm) {",
    test: PURE,
    name: 'no match is a refusal',
  },
  {
    invariant: 3,
    file: 'policies/engine/decide.ts',
    line: "if (faulty.length > 0) return { effect: 'forbid' as const, ...faultRefusal(request.query.nowMs, faulty) }",
    instead: '',
    test: PURE,
    name: 'an evaluation error',
  },
  {
    invariant: 4,
    file: 'gateway/record/entry.ts',
    line: 'commitment: commit(subjectKey(subject))',
    instead: 'commitment: subjectKey(subject)',
    test: HTTP,
    name: 'hold no number',
  },
  {
    invariant: 4,
    file: 'gateway/telemetry/logger.ts',
    line: "...(thrown.name === 'ExchangeError' && { message: thrown.message }),",
    instead: 'message: thrown.message,',
    test: 'test/telemetry/logger.test.ts',
    name: 'foreign',
  },
  {
    invariant: 5,
    file: 'gateway/record/draft.ts',
    line: 'authorisationVersion: end.release?.authorisationVersion ?? null',
    instead: 'authorisationVersion: null',
    test: HTTP,
    name: 'revoked between decision and record',
  },
  {
    invariant: 5,
    file: 'gateway/stages/record.ts',
    line: 'await refreshGrants()',
    instead: '',
    test: HTTP,
    name: 'refused at once on every gateway',
  },
  {
    invariant: 5,
    file: 'gateway/run-exchange.ts',
    line: 'await stages.charge({ ...again, grants: notYetCharged(again, charged) })',
    instead: '',
    test: HTTP,
    name: 'takes over during an exchange',
  },
  {
    invariant: 6,
    file: 'gateway/requests/validators.ts',
    line: 'coerceTypes: false',
    instead: 'coerceTypes: true',
    test: HTTP,
    name: 'never becomes a string',
  },
]

const CHECKOUT = resolve(import.meta.dirname, '../..')
const COPIED = [
  'gateway',
  'connectors',
  'policies',
  'catalogs',
  'seeds',
  'test',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
]

const copy = mkdtempSync(join(tmpdir(), 'guanyi-guards-'))
let missed = 0
try {
  for (const name of COPIED) cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true })
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'))
  for (const { invariant, file, line, instead, test, name } of GUARDS) {
    const path = join(copy, file)
    const whole = readFileSync(path, 'utf8')
    if (whole.split(line).length !== 2) throw new Error(`not found once in ${file}: ${line}`)
    const passes = runs(test, name)
    writeFileSync(
      path,
      whole.replace(line, () => instead),
    )
    const failsWithout = !runs(test, name)
    writeFileSync(path, whole)
    const held = passes && failsWithout
    if (!held) missed++
    console.log(
      `${held ? '✓' : '✗'} 不变量 ${invariant} ${file}: \`${line}\` → ${passes ? '通过' : '未通过'} / ${failsWithout ? '去掉后失败' : '去掉后仍通过'}`,
    )
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
process.exitCode = missed === 0 ? 0 : 1

function runs(test: string, name: string): boolean {
  const { status } = spawnSync(join(copy, 'node_modules/.bin/vitest'), ['run', test, '-t', name], {
    cwd: copy,
    stdio: 'ignore',
  })
  return status === 0
}
