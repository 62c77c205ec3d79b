import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallerBlock, Connector, Lookup } from '../../gateway/ports/connector.ts'

/** The dataset every source under test serves, keyed by `id`. */
export const FIELDS = [
  { id: 'id', type: 'string' },
  { id: 'name', type: 'string' },
  { id: 'amount', type: 'integer' },
  { id: 'active', type: 'boolean' },
  { id: 'born', type: 'date' },
  { id: 'month', type: 'month' },
] as const

export interface SourceRow {
  id: string
  name: string
  amount: number
  active: boolean
  /** `YYYYMMDD` */
  born: string
  /** `YYYYMM` */
  month: string
}

/** What a source can be made to do. `rows` answers the stored rows whose id is the input; all others misbehave. */
export type Scene =
  | 'rows'
  | 'extra-fields'
  | 'wrong-type'
  | 'slow'
  | 'refused'
  | 'server-error'
  | 'garbage'
  | 'truncated'
  | 'empty-body'
  | 'huge'
  | 'too-many-rows'
  | 'redirect'
  | 'error-code-in-body'
  | 'outside-network'
  /** Several rows of one id; opened as `rows`. */
  | 'many-rows'

export interface ConnectorHarness {
  /** Builds a connector to a real source in that scene; throws where the kind refuses to be built. */
  open(scene: Scene, rows?: readonly SourceRow[]): Promise<Connector>
  /** Calls the source is working on at this moment. */
  running(): Promise<number>
  close(): Promise<void>
  /** Scenes this kind of source cannot show, with the reason. */
  impossible: Partial<Record<Scene, string>>
}

export const caller: CallerBlock = {
  organisation: { id: 'rc-jyj', name: '测试教育局', uscc: '11371082PDY003018B' },
  system: 'rc-enrolment',
  officer: { id: 'jyj-0231', name: '测试李四', unit: '义务教育科' },
  scenario: 'P2.1',
  item: { id: 'rongcheng-p-008', name: '义务教育入学' },
  case: null,
  businessType: null,
  purpose: '义务教育入学资格核验',
  exchangeId: 'ex-1',
}

export const row = (id: string, change: Partial<SourceRow> = {}): SourceRow => ({
  id,
  name: '测试王小明',
  amount: 12_345,
  active: true,
  born: '19880701',
  month: '202610',
  ...change,
})

/** Quotes, operators, templates and encodings that must stay data. */
export const NASTY = [
  `' or '1'='1`,
  `'; drop table people; --`,
  `"quoted"`,
  `back\\slash`,
  `$1`,
  `:id`,
  `{{secret.key}}`,
  `{"id":"x"}`,
  `a&b=c#d?e/f%00`,
  `..`,
  `line\nbreak\r\nx-injected: 1`,
  `<tag>&amp;`,
  '测试姓名·阿卜杜拉',
  '𠮷野（测试）',
]

const lookup = (id: string, fields: readonly string[] = FIELDS.map((field) => field.id)): Lookup => ({
  subjectType: 'person',
  inputs: { id },
  fields,
  caller,
})
const never = () => new AbortController().signal

/** What every kind of connector promises, whatever it talks to. */
export function connectorConformance(name: string, create: () => Promise<ConnectorHarness>): void {
  describe(`connector conformance: ${name}`, () => {
    let harness: ConnectorHarness
    beforeAll(async () => {
      harness = await create()
    })
    afterAll(() => harness.close())

    const using = async <T>(connector: Connector, work: (connector: Connector) => Promise<T>): Promise<T> => {
      try {
        return await work(connector)
      } finally {
        await connector.close()
      }
    }
    const scene = (title: string, which: Scene, test: () => Promise<void>) =>
      it(title, async (context) => {
        const reason = harness.impossible[which]
        if (reason !== undefined) return context.skip(reason)
        await test()
      })
    /** The whole failure as it could reach a log: code, message, cause and stack. */
    const failure = async (which: Scene, signal = never()) =>
      using(await harness.open(which, [row('371099198803120026')]), async (connector) => {
        const thrown = await connector.fetch(lookup('371099198803120026'), signal).catch((error: unknown) => error)
        expect(thrown).toBeInstanceOf(Error)
        const error = thrown as Error & { code: string }
        expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
          /3710991988|测试/,
        )
        return error.code
      })

    scene('one record is found, in our names and forms', 'rows', async () => {
      const answer = await using(await harness.open('rows', [row('a'), row('b')]), (c) => c.fetch(lookup('a'), never()))
      expect(answer.records).toEqual([row('a')])
      expect(answer.asOfMs).toBeTypeOf('number')
    })
    scene('many records are found', 'many-rows', async () => {
      const rows = ['202608', '202609', '202610'].map((month) => row('a', { month }))
      const answer = await using(await harness.open('rows', rows), (c) => c.fetch(lookup('a'), never()))
      expect(answer.records.map((record) => record.month).sort()).toEqual(['202608', '202609', '202610'])
    })
    scene('no record is an answer without rows', 'rows', async () => {
      const answer = await using(await harness.open('rows', [row('b')]), (c) => c.fetch(lookup('a'), never()))
      expect(answer.records).toEqual([])
    })
    scene('only the wanted fields come back', 'rows', async () => {
      const answer = await using(await harness.open('rows', [row('a')]), (c) =>
        c.fetch(lookup('a', ['amount', 'born']), never()),
      )
      expect(answer.records).toEqual([{ amount: 12_345, born: '19880701' }])
    })
    scene('fields nobody declared are left out', 'extra-fields', async () => {
      const answer = await using(await harness.open('extra-fields', [row('a')]), (c) => c.fetch(lookup('a'), never()))
      expect(answer.records).toEqual([row('a')])
    })
    scene('a value of another type passes untouched, for `shape` to refuse', 'wrong-type', async () => {
      const answer = await using(await harness.open('wrong-type', [row('a')]), (c) =>
        c.fetch(lookup('a', ['amount']), never()),
      )
      expect(answer.records).toEqual([{ amount: 'twelve' }])
    })
    scene('hostile text in an input stays data', 'rows', async () => {
      await using(
        await harness.open(
          'rows',
          NASTY.map((id, at) => row(id, { amount: at })),
        ),
        async (connector) => {
          for (const [at, id] of NASTY.entries()) {
            const { records } = await connector.fetch(lookup(id), never())
            expect(records, id).toEqual([row(id, { amount: at })])
            expect((await connector.fetch(lookup(`${id}!`), never())).records, id).toEqual([])
          }
        },
      )
    })

    scene('no connection is unreachable', 'refused', async () => {
      expect(await failure('refused')).toBe('provider.unreachable')
    })
    scene('a failing server is unreachable', 'server-error', async () => {
      expect(await failure('server-error')).toBe('provider.unreachable')
    })
    scene('an error code in a 200 answer is what the config says', 'error-code-in-body', async () => {
      expect(await failure('error-code-in-body')).toBe('provider.unreachable')
    })
    scene('garbage breaks the contract', 'garbage', async () => {
      expect(await failure('garbage')).toBe('provider.contract')
    })
    scene('an answer cut off in transit is unreachable', 'truncated', async () => {
      expect(await failure('truncated')).toBe('provider.unreachable')
    })
    scene('an empty body breaks the contract', 'empty-body', async () => {
      expect(await failure('empty-body')).toBe('provider.contract')
    })
    scene('an answer without end breaks the contract', 'huge', async () => {
      expect(await failure('huge')).toBe('provider.contract')
    })
    scene('too many rows break the contract', 'too-many-rows', async () => {
      expect(await failure('too-many-rows')).toBe('provider.contract')
    })
    scene('a redirect is not followed and breaks the contract', 'redirect', async () => {
      expect(await failure('redirect')).toBe('provider.contract')
    })
    scene('a host outside the networks is refused when the connector is built', 'outside-network', async () => {
      await expect(harness.open('outside-network')).rejects.toThrow('outside the declared networks')
    })

    scene('a slow source is a time-out as soon as the signal fires, and is let go', 'slow', async () => {
      const startedAt = performance.now()
      expect(await failure('slow', AbortSignal.timeout(150))).toBe('provider.timeout')
      expect(performance.now() - startedAt).toBeLessThan(1_500)
      await expect.poll(() => harness.running(), { timeout: 3_000 }).toBe(0)
    })
    scene('an aborted call leaves no connection behind', 'slow', async () => {
      await using(await harness.open('slow', [row('a')]), async (connector) => {
        // More than any pool here has places: were one kept, the later ones would wait for it.
        for (let round = 0; round < 10; round += 1) {
          const calls = [1, 2].map(() => connector.fetch(lookup('a'), AbortSignal.timeout(40)).catch((e) => e.code))
          expect(await Promise.all(calls)).toEqual(['provider.timeout', 'provider.timeout'])
        }
      })
      await expect.poll(() => harness.running(), { timeout: 3_000 }).toBe(0)
    })
    scene('a signal that fired before the call asks nobody', 'rows', async () => {
      await using(await harness.open('rows', [row('a')]), async (connector) => {
        await expect(connector.fetch(lookup('a'), AbortSignal.abort())).rejects.toMatchObject({
          code: 'provider.timeout',
        })
      })
    })
    scene('probe succeeds where the source is there and fails where it is not', 'rows', async () => {
      await using(await harness.open('rows', []), (connector) => connector.probe(never()))
      await using(await harness.open('refused'), async (connector) => {
        await expect(connector.probe(never())).rejects.toMatchObject({ code: 'provider.unreachable' })
      })
    })
  })
}
