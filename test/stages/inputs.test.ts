import { describe, expect, it } from 'vitest'
import type { DatasetEntry, Division } from '../../gateway/catalog/types.ts'
import type { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { ExchangeRequest } from '../../gateway/exchange.ts'
import { liesOutsideCoverage } from '../../gateway/stages/coverage.ts'
import { assertInputsPresent } from '../../gateway/stages/inputs.ts'
import { asking, dataset, exchange, fetching, guardian, input, rows, subject, watched } from './fetch-sources.ts'

describe('inputs', () => {
  const marriage = dataset('marriage', {
    inputs: [
      input('id', 'subject.id'),
      input('idType', 'subject.idType'),
      input('name', 'subject.name'),
      input('spouseId', 'party.spouse.id'),
      input('unitNo', 'key', false),
    ],
  })
  const asked = (request: Partial<ExchangeRequest>, role?: string) =>
    exchange(asking([[marriage, 'x', role]].map((each) => each as [DatasetEntry, string, string?])), request)
  const spouse = { ...guardian, idType: 'resident-id' } as const

  it('takes them from subject, party and keys, and leaves absent optional ones out', async () => {
    const { seen, source } = watched(() => rows('1'))
    const { fetch } = fetching({ marriage: source })
    await fetch(asked({ parties: { spouse } }))
    await fetch(asked({ parties: { spouse, guardian }, keys: { 'marriage.unitNo': 'u1' } }, 'guardian'))
    await fetch(
      asked(
        { parties: { spouse, guardian }, keys: { 'marriage.unitNo': 'u1', 'guardian:marriage.unitNo': 'u2' } },
        'guardian',
      ),
    )
    expect(seen.map(({ inputs }) => inputs)).toEqual([
      { id: subject.id, idType: 'resident-id', name: subject.name, spouseId: spouse.id },
      { id: guardian.id, idType: 'resident-id', name: guardian.name, spouseId: spouse.id, unitNo: 'u1' },
      { id: guardian.id, idType: 'resident-id', name: guardian.name, spouseId: spouse.id, unitNo: 'u2' },
    ])
  })
  it.each<[string, Partial<ExchangeRequest>, string | undefined, string[]]>([
    ['another party', {}, undefined, ['/parties/spouse']],
    [
      'a name',
      { subject: { type: 'person', idType: 'resident-id', id: 'i' }, parties: { spouse } },
      undefined,
      ['/subject/name'],
    ],
    [
      'the party asked about',
      { parties: { spouse } },
      'nobody',
      ['/parties/nobody', '/parties/nobody', '/parties/nobody'],
    ],
    [
      'a party named like a prototype member',
      { parties: { spouse } },
      'constructor',
      Array.from({ length: 3 }, () => '/parties/constructor'),
    ],
  ])('refuses, naming it and no value, before anybody is asked: %s', async (_name, request, role, pointers) => {
    const { seen, source } = watched(() => rows())
    const { fetch } = fetching({ marriage: source })
    const thrown: ExchangeError = await fetch(asked(request, role)).catch((error) => error)
    expect(thrown.code).toBe('subject.incomplete')
    expect(thrown.options.reasons?.map(({ pointer }) => pointer)).toEqual(pointers)
    expect(thrown.options.publicDetail?.zh).toContain('数据marriage')
    expect(JSON.stringify([thrown.message, thrown.options])).not.toMatch(/371099|测试/)
    expect(seen).toEqual([])
  })
  it('names what is missing for all datasets at once', () => {
    const other = dataset('other', { inputs: [input('unitNo', 'key')] })
    const all = () =>
      assertInputsPresent(
        exchange(
          asking([
            [marriage, 'x'],
            [other, 'x'],
            [other, 'y'],
          ]),
        ),
      )
    expect(all).toThrow(
      expect.objectContaining({
        options: expect.objectContaining({
          reasons: [
            expect.objectContaining({ fields: ['marriage.x'] }),
            expect.objectContaining({ fields: ['other.x', 'other.y'], pointer: '/keys/other.unitNo' }),
          ],
        }),
      }),
    )
  })
})

describe('coverage', () => {
  const division = (code: string, change: Partial<Division> = {}): [string, Division] => [
    code,
    { code, name: code, level: 'county', parent: null, validFrom: '20000101', validTo: null, ...change },
  ]
  const divisions = new Map([
    division('371082'),
    division('371002'),
    division('371081', { validTo: '20140101' }),
    division('371099', { reserved: true }),
  ])
  const unit = (code: string) => `${code}001001GB00001F00010001`
  it.each<[string, string[], string, boolean]>([
    ['a unit of the county itself', ['371082'], unit('371082'), false],
    ['a unit of the neighbouring district', ['371082'], unit('371002'), true],
    ['a unit of a district of the covered city', ['371000'], unit('371002'), false],
    ['a unit within the covered province', ['370000'], unit('371002'), false],
    ['a unit under a code of former days', ['371082'], unit('371081'), false],
    ['a unit under an unknown code', ['371082'], unit('371234'), false],
    ['a unit under the reserved code', ['371082'], unit('371099'), false],
    ['a unit of another province', ['371082'], unit('110101'), true],
    ['a dataset that states no coverage', [], unit('110101'), false],
    ['a plate of the province', ['371082'], '鲁B12345', false],
    ['a plate of another province', ['371082'], '京A12345', true],
    ['a new-energy plate of another province', ['371082'], '苏AD12345', true],
    ['something that is no unit number', ['371082'], '110101', false],
  ])('%s', (_name, covered, value, want) => {
    const entry = dataset('a', { coverage: { divisions: covered }, inputs: [input('no', 'key')] })
    expect(liesOutsideCoverage(entry, { no: value }, divisions)).toBe(want)
  })
  it('does not read a place out of a person’s number', () => {
    const entry = dataset('a', { coverage: { divisions: ['371082'] } })
    expect(liesOutsideCoverage(entry, { id: '110101201907120017' }, divisions)).toBe(false)
  })
  it('does not ask a source for what it cannot have', async () => {
    const entry = dataset('a', { coverage: { divisions: ['371082'] }, inputs: [input('no', 'key')] })
    const { seen, source } = watched(() => rows())
    const { fetch, rounds } = fetching({ a: source })
    const { answers } = await fetch(exchange(asking([[entry, 'x']]), { keys: { 'a.no': unit('110101') } }))
    expect(answers).toMatchObject([{ status: 'not-covered', cache: 'bypass', records: [], fetchedAtMs: null }])
    expect([seen, rounds]).toEqual([[], []])
  })
})
