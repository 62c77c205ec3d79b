import { execFile } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { typesOf } from '../../gateway/catalog/typescript/index.ts'
import { createTypedClient } from '../../gateway/client/index.ts'
import { GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { run } from '../cli/run.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const ROOT = resolve(import.meta.dirname, '../..')

let catalog: Catalog
let dir: string
beforeAll(async () => {
  catalog = await loadCatalog(join(ROOT, 'catalogs'))
  dir = mkdtempSync(join(inject('runDir'), 'types-'))
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
  writeFileSync(join(dir, 'scenarios.ts'), typesOf(catalog, [...catalog.scenarios.values()]))
})

/** Runs the checkout's own compiler, as strict as the checkout; answers `file(line): message` of every error. */
async function compile(files: Record<string, string>): Promise<string[]> {
  const project = mkdtempSync(join(dir, 'project-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text)
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      rewriteRelativeImportExtensions: false,
      rootDir: '/',
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    include: [join(project, '*.ts')],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const { stdout } = await promisify(execFile)(tsc, ['-p', project, '--pretty', 'false']).catch(
    (thrown: { stdout: string }) => thrown,
  )
  return [...stdout.matchAll(/^(?:.*\/)?([\w.-]+\.ts)\((\d+),\d+\): error (TS\d+: .*)$/gm)].map(
    ([, file, line, message]) => `${file}(${line}): ${message}`,
  )
}

const HEAD = (from: string) => `
import { createTypedClient } from '${join(ROOT, 'gateway/client/index.ts')}'
import { CATALOG_VERSION, type Scenarios, type SexCode } from '${from}'
declare const options: Parameters<typeof createTypedClient>[0]
const client = createTypedClient<Scenarios>(options)
const subject = { type: 'person', idType: 'resident-id', id: 'x' } as const
const organisation = { type: 'organisation', idType: 'uscc', id: 'x' } as const
const asked = { item: 'rongcheng-p-008', purpose: 'p', subject } as const
`
/** Each statement is one line; in \`WRONG\` each is wrong in one thing. */
const RIGHT = `
const some = await client.query({ ...asked, scenario: 'P2.1', fields: ['household-registration.name', 'guardian:real-estate.certificateNo'] })
const name: string | null | undefined = some.data?.['household-registration']?.name
const numbers: (string | null)[] | undefined = some.data?.['guardian:real-estate']?.map(({ certificateNo }) => certificateNo)
const current: boolean = some.verified.claims.catalogVersion === CATALOG_VERSION
const checked = await client.verify({ ...asked, scenario: 'P2.1', claims: { 'household-registration.name': 'x' } })
const result: 'match' | 'mismatch' | 'not-found' = checked.results['household-registration.name']
const form = await client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject, guardian: subject }, answers: { housing: 'own' } })
const guardian: string | undefined = form.field('guardianName').value
const months: number | string | undefined = form.field('guardianSiMonths').value
const codes = form.materials.filter(({ code }) => code === 'M007')
const paper = await client.material(codes[0]?.materialRef ?? '')
const sex = (code: SexCode): string => (code === '1' ? '男' : '女')
void [name, numbers, current, result, guardian, months, paper, sex]
`
const WRONG = `
void client.query({ ...asked, scenario: 'P2.1', fields: ['household-registration.nane'] })
void client.query({ ...asked, scenario: 'P2.9', fields: ['household-registration.name'] })
void client.query({ ...asked, scenario: 'P2.1', fields: ['uncle:household-registration.name'] })
void client.query({ ...asked, scenario: 'P2.1', fields: ['business-licence.name'] })
void client.query({ ...asked, scenario: 'P2.1', fields: ['household-registration.name'] }).then(({ data }) => data?.['household-registration']?.address)
void client.query({ ...asked, scenario: 'P2.1', fields: ['real-estate.certificateNo'] }).then(({ data }) => data?.['real-estate']?.certificateNo)
void client.verify({ ...asked, scenario: 'P2.1', claims: { 'household-registration.nane': 'x' } })
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-055', purpose: 'p', subjects: { subject, guardian: subject } })
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject } })
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject, guardian: subject, uncle: subject } })
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject, guardian: organisation } })
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject, guardian: subject }, answers: { housing: 'castle' } })
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject, guardian: subject } }).then((form) => form.field('guardianNane'))
void client.prefill({ scenario: 'P2.1', item: 'rongcheng-p-008', purpose: 'p', subjects: { subject, guardian: subject } }).then((form) => form.materials.filter(({ code }) => code === 'M999'))
const code: SexCode = 'male'
`

describe('guanyi types', () => {
  it('compiles as it stands for the whole catalogue, and a program that uses it rightly compiles', async () => {
    const from = join(dir, 'scenarios.ts')
    expect(await compile({ 'right.ts': HEAD(from) + RIGHT })).toEqual([])
  })

  it('finds every wrong name when the program is compiled', async () => {
    const head = HEAD(join(dir, 'scenarios.ts'))
    const first = (head + WRONG).split('\n').findIndex((line) => line.includes('.nane')) + 1
    const errors = await compile({ 'wrong.ts': head + WRONG })
    const lines = [...new Set(errors.map((error) => Number(/\((\d+)\)/.exec(error)![1]) - first))]
    expect(
      lines.sort((a, b) => a - b),
      errors.join('\n'),
    ).toEqual(
      WRONG.trim()
        .split('\n')
        .map((_, at) => at),
    )
  })

  it('says of a field its name, its codes, whether it is masked and whether there are many', () => {
    const text = typesOf(catalog, [catalog.scenarios.get('P2.1')!])
    expect(text).toMatch(/\/\*\* 性别：.*1 男.*\*\/\nexport type SexCode = .*'1'/)
    expect(text).toContain("'real-estate': RealEstate[]")
    expect(text).toContain("'household-registration': HouseholdRegistration\n")
    expect(text).toMatch(/\/\*\* 公民身份号码，未另行授权则遮盖 \/ masked: citizenId18 \*\/\n {2}idNumber: string/)
    expect(text).toMatch(/\/\*\* .*派生 \/ derived.*\*\/\n {2}ownsHousing: boolean/)
    expect(text).toContain(`CATALOG_VERSION = '${catalog.version}'`)
    // Datasets that may not be shared cannot be asked for.
    for (const { id, shareClass } of catalog.datasets.values())
      if (shareClass === 'not-shared') expect(text).not.toContain(`'${id}'`)
  })

  it('is a command that writes one scenario or all, and names what is near to a wrong one', async () => {
    const out = join(dir, 'enrolment.ts')
    const written = await run(['types', '--scenario', 'P2.1', '--out', out])
    expect(written.code, written.err).toBe(0)
    expect(await compile({ 'one.ts': HEAD(out) + RIGHT })).toEqual([])
    const wrong = await run(['types', '--scenario', 'P2.l'])
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('P2.1')])
  })
})

describe('the typed client', () => {
  interface Scenarios {
    'P2.1': {
      datasets: { 'household-registration': { name: string; householder: string } }
      roles: 'guardian'
      forms: {
        'rongcheng-p-008': {
          roles: { subject: 'person'; guardian: 'person' }
          fields: { guardianName: string }
          questions: { housing: 'own' | 'rent' }
          materials: 'M007'
        }
      }
    }
  }
  const person = ({ id, name }: { id: string; name: string }) =>
    ({ type: 'person', idType: 'resident-id', id, name }) as const
  let seeded: Seeded
  beforeAll(async () => {
    seeded = await seededGateway()
  })
  afterAll(() => seeded?.stop())

  it('asks, fills and checks evidence as the plain one does', async () => {
    const client = createTypedClient<Scenarios>({
      url: seeded.gateway.dataUrl,
      gatewayId: 'guanyi:371082',
      system: 'rc-enrolment',
      key: seeded.installation.systemKeys.get('rc-enrolment')!.jwk,
    })
    const rest = {
      case: '11371082PDY003018B3370705001001202611200951',
      purpose: '义务教育入学资格核验',
      operator: OPERATORS.education,
      scenario: 'P2.1',
      item: 'rongcheng-p-008',
    } as const
    const { data, verified } = await client.query({
      ...rest,
      subject: person(PUPIL),
      fields: ['household-registration.householder'],
    })
    expect(data?.['household-registration']?.householder).toMatch(/^测/)
    expect(verified.claims.catalogVersion).toBe(seeded.gateway.catalog.version)
    const { results } = await client.verify({
      ...rest,
      subject: person(PUPIL),
      claims: { 'household-registration.name': PUPIL.name },
    })
    expect(results['household-registration.name']).toBe('match')
    const form = await client.prefill({ ...rest, subjects: { subject: person(PUPIL), guardian: person(GUARDIAN) } })
    expect(form.field('guardianName').value).toBe(GUARDIAN.name)
    expect(form.materials.find(({ code }) => code === 'M007')?.state).toBe('not-needed')
  })
})
