import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDERS = ['gateway', 'connectors', 'policies']

interface Import {
  from: string
  /** Path inside the checkout, or a package's name. */
  to: string
  /** True when only types are imported: nothing of it is there when the program runs. */
  typeOnly: boolean
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
)

/** Static and dynamic imports and re-exports, as they are written. */
const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(ROOT, from), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const statements = text.matchAll(/^(import|export)\s+(type\s+)?((?:[^'";]*?)\s+from\s+)?'([^']+)'/gm)
  const dynamic = text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)
  const target = (to: string) => (to.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(from), to)) : to)
  return [
    ...[...statements].map(([, , type, names = '', to]) => ({
      from,
      to: target(to!),
      typeOnly:
        type !== undefined ||
        (/^\s*\{/.test(names) &&
          names
            .replace(/[{}]|from/g, '')
            .split(',')
            .every((name) => /^\s*(type\s|$)/.test(name))),
    })),
    ...[...dynamic].map(([, to]) => ({ from, to: target(to!), typeOnly: false })),
  ]
})

const within =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
const isOurs = within(...FOLDERS, 'seeds', 'test')
/** Imports from `folder` that reach our own code outside `allowed`. */
const strays = (folder: string, allowed: string[]) =>
  imports
    .filter(({ from, to }) => within(folder)(from) && isOurs(to) && !within(folder, ...allowed)(to))
    .map(({ from, to }) => `${from} → ${to}`)

describe('arrows point inwards', () => {
  it('reads the code at all', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(imports.length).toBeGreaterThan(400)
  })

  it('only composition roots know adapters', () => {
    const roots = within(
      'gateway/gateway.ts',
      'gateway/main.ts',
      'gateway/assembly',
      'gateway/cli',
      'gateway/jobs/start-worker.ts',
    )
    const found = imports.filter(
      ({ from, to }) =>
        within('gateway/adapters')(to) &&
        !within('gateway/adapters')(from) &&
        !roots(from) &&
        !COMPOSES.test(from) &&
        !MECHANISMS.has(to),
    )
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('adapters know ports, errors, types and pure helpers, never stages, routes or each other’s products', () => {
    const inner = within(
      'gateway/stages',
      'gateway/routes',
      'gateway/cli',
      'gateway/gateway.ts',
      'gateway/main.ts',
      'gateway/app.ts',
      'gateway/run-exchange.ts',
    )
    const found = imports.filter(({ from, to }) => within('gateway/adapters')(from) && inner(to))
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
    const products = {
      postgres: ['redis', 'bullmq'],
      redis: ['postgres', 'bullmq'],
      crypto: ['postgres', 'redis', 'files'],
      memory: ['postgres', 'redis'],
    }
    const crossed = Object.entries(products).flatMap(([own, others]) =>
      imports
        .filter(
          ({ from, to }) =>
            within(`gateway/adapters/${own}`)(from) && others.some((other) => within(`gateway/adapters/${other}`)(to)),
        )
        .map(({ from, to }) => `${from} → ${to}`),
    )
    expect(crossed).toEqual([])
  })

  it('connectors know ports, errors and catalogue types only; one is a client of another gateway', () => {
    const known = ['gateway/ports', 'gateway/errors', 'gateway/catalog/types.ts', 'gateway/adapters/crypto']
    expect(
      strays('connectors', known).filter((stray) => !/^connectors\/exchange-peer\/.* → gateway\/client\//.test(stray)),
    ).toEqual([])
  })

  it('the policy engine knows nobody', () => {
    const found = imports.filter(
      ({ from, to, typeOnly }) => within('policies')(from) && isOurs(to) && !within('policies')(to) && !typeOnly,
    )
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('ports are interfaces: they import types only', () => {
    const found = imports.filter(({ from, typeOnly }) => within('gateway/ports')(from) && !typeOnly)
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('stages touch no HTTP framework, database or cache', () => {
    const products = [
      'hono',
      '@hono/node-server',
      'pg',
      'kysely',
      'ioredis',
      'bullmq',
      'pino',
      'undici',
      '@opentelemetry/api',
    ]
    const inside = within(
      'gateway/stages',
      'gateway/shaping',
      'gateway/record',
      'gateway/evidence',
      'gateway/masking',
      'gateway/identifiers',
      'gateway/ports',
      'gateway/errors',
    )
    const found = imports.filter(({ from, to, typeOnly }) => inside(from) && products.includes(to) && !typeOnly)
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
    expect(strays('gateway/stages', ['policies/engine', ...STAGES_MAY])).toEqual([])
  })

  it('nobody imports tests, and production code imports no seeds but for the demonstration', () => {
    const found = imports.filter(
      ({ from, to }) => within('test')(to) || (within('seeds')(to) && !within('gateway/cli')(from)),
    )
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('the environment is read in config.ts and by the command line only', () => {
    const readers = files.filter((file) =>
      /process\.env\b/.test(readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    )
    expect(readers.filter((file) => !within('gateway/cli', 'gateway/config.ts')(file))).toEqual([])
  })

  it('has no import cycles at run time', () => {
    const edges = new Map<string, string[]>()
    for (const { from, to, typeOnly } of imports)
      if (!typeOnly && isOurs(to)) edges.set(from, [...(edges.get(from) ?? []), to])
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (done.has(file)) return
      for (const next of edges.get(file) ?? []) visit(next, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('no file is called after nothing', () => {
    expect(files.filter((file) => /\/(utils?|helpers?|misc|common)\.ts$/.test(file))).toEqual([])
  })
})

/** Composition roots of one part each: they open its adapters and hand ports to the rest. */
const COMPOSES = /^gateway\/(?:[a-z-]+-service|[a-z-]+\/open|[a-z-]+\/main|jobs\/rebuild-dossiers|client\/[a-z-]+)\.ts$/
/** Mechanisms without a product behind them: reading a JWK, watching a file. */
const MECHANISMS = new Set(['gateway/adapters/crypto/jwk.ts', 'gateway/adapters/files/watched-file.ts'])
/** What stages may know beside the engine's types: the pipeline's own words and pure helpers. */
const STAGES_MAY = [
  'gateway/ports',
  'gateway/errors',
  'gateway/exchange.ts',
  'gateway/catalog',
  'gateway/dossier',
  'gateway/evidence',
  'gateway/identifiers',
  'gateway/jose',
  'gateway/masking',
  'gateway/record',
  'gateway/requests',
  'gateway/shaping',
  'gateway/tokens',
]
