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
    ...(await tables('', city.ownerUrl)),
    ...(await tables('county ', city.county.ownerUrl)),
  ]
  for (const kind of ['gateway.log', 'metrics', 'trace', 'records']) {
    if (!places.some(({ name, content }) => name.includes(kind) && content.length > 0)) {
      throw new DemoFailure(`没有可供查找的 ${kind} / nothing to search in ${kind}`)
    }
  }
  const needles = needlesOf(city)
  const find = finderOf(needles)
  for (const { name, content } of places) {
    const text = content.toString('utf8')
    const hit = find(text)
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

const HEAD = 2

/**
 * Where in the list the first needle stands that the text holds; -1 when it holds none. One pass over the text, however
 * many needles: what begins like one is looked up whole.
 */
export function finderOf(needles: readonly string[]): (text: string) => number {
  const places = new Map(needles.map((needle, at) => [needle, at]))
  const lengths = new Map<string, Set<number>>()
  for (const needle of needles) {
    const head = needle.slice(0, HEAD)
    lengths.set(head, (lengths.get(head) ?? new Set()).add(needle.length))
  }
  const heads = new RegExp(
    `(?=${[...lengths.keys()].map((head) => head.replace(/[^\w\u0080-\uffff]/g, '\\$&')).join('|')})`,
    'g',
  )
  return (text) => {
    for (const { index } of text.matchAll(heads)) {
      for (const length of lengths.get(text.slice(index, index + HEAD)) ?? []) {
        const found = places.get(text.slice(index, index + length))
        if (found !== undefined) return found
      }
    }
    return -1
  }
}

const logs = (city: DemoCity): Promise<Place[]> =>
  Promise.all(city.logFiles.map(async (file) => ({ name: file, content: await readFile(file) })))

async function metrics(city: DemoCity): Promise<Place> {
  const response = await fetch(`${city.managementUrl}/metrics`)
  return { name: 'metrics', content: Buffer.from(await response.arrayBuffer()) }
}

/** Every table whole, as text; what is sealed is bytes and is searched as such. */
async function tables(whose: string, ownerUrl: string): Promise<Place[]> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const names = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    )
    const places: Place[] = []
    for (const { name } of names.rows) {
      const { rows } = await client.query(`select * from ${client.escapeIdentifier(name)}`)
      const text = rows.flatMap((row) => Object.values(row as object).map(asText))
      places.push({ name: `${whose}table ${name}`, content: Buffer.from(text.join('\n')) })
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
  return text + payloadsIn(text)
}

/** Of every JWT that stands in the text as a value, and of those within: the evidence of one hop holds the next one's. */
const payloadsIn = (text: string): string =>
  [...text.matchAll(/"[\w-]+\.([\w-]+)\.[\w-]+"/g)]
    .map(([, payload]) => Buffer.from(payload!, 'base64url').toString('utf8'))
    .map((payload) => payload + payloadsIn(payload))
    .join('')
