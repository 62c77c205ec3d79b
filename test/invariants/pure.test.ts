import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resolveField } from '../../gateway/catalog/field-ref.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { asExchangeError, ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { Authenticated, Fetched, Identified, Received, Signed } from '../../gateway/exchange.ts'
import { ExchangeEnded, runExchange, type Stages } from '../../gateway/run-exchange.ts'
import { createAuthorise } from '../../gateway/stages/authorise.ts'
import { createShape } from '../../gateway/stages/shape.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { grant } from '../policies/builders.ts'
import { dataset, identified, NOW } from './builders.ts'

const known = { exchangeId: 'x' } as unknown as Identified
/** Stages that do nothing, but for those given. */
const stages = (given: Partial<Stages>): Stages => ({
  authenticate: async () => known as Authenticated,
  identify: async () => known,
  authorise: async () => ({ ...known, grants: [] }) as never,
  charge: async () => undefined,
  fetch: async () => known as never,
  shape: async () => known as never,
  sign: async () => known as never,
  record: async () => ({ status: 'recorded', exchange: { ...(known as Signed), index: 0n } }),
  recordFailure: async () => undefined,
  ...given,
})
const received = {} as Received
const refusal = new ExchangeError('access.denied', 'as told')

describe('invariant 1: no answer before its record is durable', () => {
  it('yes: guarded by `await stages.record(signed)` in gateway/run-exchange.ts', async () => {
    let durable = () => {}
    const record = new Promise<void>((resolve) => {
      durable = resolve
    })
    let answered = false
    const running = runExchange(
      received,
      stages({ record: () => record.then(() => ({ status: 'recorded', exchange: { index: 7n } as never })) }),
    ).then((answer) => {
      answered = true
      return answer
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(answered).toBe(false)
    durable()
    expect(await running).toMatchObject({ index: 7n })
  })

  it('no: guarded by `await stages.recordFailure(known, failure)` in gateway/run-exchange.ts', async () => {
    let durable = () => {}
    const record = new Promise<void>((resolve) => {
      durable = resolve
    })
    let answered = false
    const running = runExchange(
      received,
      stages({ authorise: async () => Promise.reject(refusal), recordFailure: () => record }),
    ).catch((thrown: unknown) => {
      answered = true
      return thrown
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(answered).toBe(false)
    durable()
    expect(await running).toMatchObject({ failure: { code: 'access.denied' } })
  })

  it.each([
    ['the log is away', new ExchangeError('record.unavailable', 'away')],
    ['no record can be drafted', new TypeError('lone surrogate')],
  ])(
    'a refusal that cannot be recorded, since %s, is not told: guarded by the `catch` of `recorded` in gateway/run-exchange.ts',
    async (_why, fault) => {
      const ended = await runExchange(
        received,
        stages({ authorise: async () => Promise.reject(refusal), recordFailure: async () => Promise.reject(fault) }),
      ).catch((thrown: unknown) => thrown)
      expect(ended).toBeInstanceOf(ExchangeEnded)
      expect((ended as ExchangeEnded).failure.code).toBe('record.unavailable')
    },
  )

  it('grants that change without end are refused, recorded, and released by nobody: guarded by `MAX_DECISIONS` in gateway/run-exchange.ts', async () => {
    const recorded: string[] = []
    const ended = await runExchange(
      received,
      stages({
        record: async () => ({ status: 'stale' }),
        recordFailure: async (_known, { code }) => void recorded.push(code),
      }),
    ).catch((thrown: unknown) => thrown)
    expect((ended as ExchangeEnded).failure.code).toBe('record.unavailable')
    expect(recorded).toEqual(['record.unavailable'])
  })
})

const household = dataset('household', ['address', 'householder', 'income'])
const catalog = { datasets: new Map([[household.id, household]]) } as unknown as Catalog
const asked = (...names: string[]) =>
  names.map((name) => {
    const resolved = resolveField(catalog, name)
    if (!resolved.ok) throw new Error(resolved.fault)
    return resolved.field
  })
const points = { ok: createDecisionPoint(readPolicyTexts()), erring: createDecisionPoint(withErringForbid()) }
function withErringForbid() {
  const texts = readPolicyTexts()
  const erring = readFileSync(new URL('../../policies/cases/policy-sets/erring-forbid.cedar', import.meta.url), 'utf8')
  return { ...texts, policyText: `${texts.policyText}\n${erring}` }
}
const authorising = (grants: ReturnType<typeof grant>[], point: keyof typeof points = 'ok') => {
  const alarms: string[][] = []
  const authorise = createAuthorise({
    grants: { candidates: async () => ({ grants, version: 1n }) },
    decisions: points[point],
    now: () => NOW,
    alarm: (_id, policies) => alarms.push(policies),
  })
  return { authorise, alarms }
}
const giving = (...fields: string[]) => grant({ fields })

describe('invariant 2: what is released lies within what is granted', () => {
  it('a source’s extra members stay behind: guarded by `for (const … of direct)` in gateway/stages/shape.ts', async () => {
    const { authorise } = authorising([giving('household.address')])
    const authorised = await authorise(identified(asked('household.address')))
    const shape = createShape({ now: () => NOW, compare: async (shaped) => shaped, onContractBroken: () => undefined })
    const fetched: Fetched = {
      ...authorised,
      answers: [
        {
          key: 'household',
          role: null,
          dataset: household,
          status: 'ok',
          records: [{ address: '甲', householder: '乙', income: '丙', toString: '丁' }],
          asOfMs: NOW,
          fetchedAtMs: NOW,
          cache: 'miss',
        },
      ],
    }
    expect((await shape(fetched)).data).toEqual({ household: { address: '甲' } })
  })

  it('one field too many refuses the whole: guarded by `uncovered.length > 0` in policies/engine/decide.ts', async () => {
    const { authorise } = authorising([giving('household.address')])
    const ended = await authorise(identified(asked('household.address', 'household.income'))).catch(asExchangeError)
    expect(ended).toMatchObject({ code: 'access.denied' })
  })
})

describe('invariant 3: policy fails closed', () => {
  it("no match is a refusal: guarded by `decision.effect !== 'permit'` in gateway/stages/authorise.ts", async () => {
    const ended = await authorising([])
      .authorise(identified(asked('household.address')))
      .catch(asExchangeError)
    expect(ended).toMatchObject({ code: 'access.denied' })
  })

  it('an evaluation error is a refusal and an alarm: guarded by `faulty.length > 0` in policies/engine/decide.ts', async () => {
    const { authorise, alarms } = authorising([giving('household.address')], 'erring')
    const ended = await authorise(identified(asked('household.address'))).catch(asExchangeError)
    expect(ended).toMatchObject({ code: 'access.denied', options: { reasons: [{ rule: 'evaluation-error' }] } })
    expect(alarms).toEqual([['erring-forbid']])
  })

  it('a decision point that throws is no permit: guarded by the `catch` of `runExchange` in gateway/run-exchange.ts', async () => {
    const ended = await runExchange(
      received,
      stages({ authorise: async () => Promise.reject(new Error('policy set missing')) }),
    ).catch((thrown: unknown) => thrown)
    expect((ended as ExchangeEnded).failure.code).toBe('internal')
  })
})
