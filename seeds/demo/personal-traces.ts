import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { OPERATORS } from '../population/cast.ts'
import type { DemoCity } from './city.ts'
import { DemoFailure } from './demo-failure.ts'
import type { SpanCollector } from './span-collector.ts'

interface Place {
  name: string
  content: Buffer
}

/** The trace exporter sends every five seconds; a search before that would find nothing because nothing is there. */
const SPANS_AFTER_MS = 6_000

/**
 * Searches logs, metrics, traces, record entries and every unsealed column for any number or name of the population.
 *
 * Errors: `DemoFailure` naming the place, never the value.
 */
export async function findPersonalTraces(
  city: DemoCity,
  spans: SpanCollector,
): Promise<{ places: number; bytes: number; needles: number }> {
  const until = Date.now() + SPANS_AFTER_MS
  while (spans.bodies().length === 0 && Date.now() < until) await sleep(100)
  const places = [
    ...(await logs(city)),
    await metrics(city),
    ...spans.bodies().map((content, at) => ({ name: `trace ${at}`, content })),
    ...(await tables(city)),
  ]
  for (const kind of ['gateway.log', 'metrics', 'trace', 'records']) {
    if (!places.some(({ name, content }) => name.includes(kind) && content.length > 0)) {
      throw new DemoFailure(`没有可供查找的 ${kind} / nothing to search in ${kind}`)
    }
  }
  const needles = needlesOf(city)
  for (const { name, content } of places) {
    const text = content.toString('utf8')
    const hit = needles.findIndex((needle) => text.includes(needle))
    if (hit >= 0)
      throw new DemoFailure(`${name} 中发现测试人口的号码或姓名（第 ${hit} 个） / a personal value was found there`)
  }
  return {
    places: places.length,
    bytes: places.reduce((sum, { content }) => sum + content.length, 0),
    needles: needles.length,
  }
}

/** Every number, and every name in full, of people and organisations. */
function needlesOf({ population }: DemoCity): string[] {
  const people = [...population.people.values()].flatMap(({ idNumber, name }) => [idNumber, name])
  const organisations = [...population.organisations.values()].flatMap(({ uscc, name }) => [uscc, name])
  return [...new Set([...people, ...organisations, ...Object.values(OPERATORS).map(({ name }) => name)])]
}

const logs = (city: DemoCity): Promise<Place[]> =>
  Promise.all(city.logFiles.map(async (file) => ({ name: file, content: await readFile(file) })))

async function metrics(city: DemoCity): Promise<Place> {
  const response = await fetch(`${city.managementUrl}/metrics`)
  return { name: 'metrics', content: Buffer.from(await response.arrayBuffer()) }
}

/** Every table whole, as text; what is sealed is bytes and is searched as such. */
async function tables(city: DemoCity): Promise<Place[]> {
  const client = new pg.Client({ connectionString: city.ownerUrl })
  await client.connect()
  try {
    const names = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    )
    const places: Place[] = []
    for (const { name } of names.rows) {
      const { rows } = await client.query(`select * from ${client.escapeIdentifier(name)}`)
      const text = rows.flatMap((row) => Object.values(row as object).map(asText))
      places.push({ name: `table ${name}`, content: Buffer.from(text.join('\n')) })
    }
    return places
  } finally {
    await client.end()
  }
}

/** Bytes in both readings, and the payload of a JWT in clear: base64url would hide what it holds. */
function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1') + value.toString('utf8')
  const text = JSON.stringify(value) ?? ''
  const payload = /^"[\w-]+\.([\w-]+)\.[\w-]+"$/.exec(text)?.[1]
  return payload === undefined ? text : text + Buffer.from(payload, 'base64url').toString('utf8')
}
