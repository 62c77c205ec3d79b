import { FAILURES } from '../errors/exchange-error.ts'

/** What every OpenAPI description of ours is made of. */

/** Groups of operations, Chinese first; the documents declare those they use. */
export const TAGS = {
  exchange: '交换 / exchange',
  batches: '批次 / batches',
  prefill: '预填 / prefill',
  reports: '上报 / reports',
  subjects: '本人 / data subjects',
  catalogue: '目录 / catalogue',
  access: '令牌与密钥 / tokens and keys',
  log: '公开日志 / published log',
  running: '运行 / running',
  dialect: '旧方言 / old dialect',
  records: '留痕审计 / audit of records',
  findings: '异常 / findings',
  dossiers: '档案 / dossiers',
  tasks: '协查 / tasks of clerks',
  statistics: '统计 / statistics',
} as const

export const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
export const object = { type: 'object' }
const text = { type: 'string' }

/** Every status a refusal can have, with the codes that have it. */
const CODES_BY_STATUS = codesByStatus()
function codesByStatus(): Map<number, string[]> {
  const byStatus = new Map<number, string[]>()
  for (const [code, { status }] of Object.entries(FAILURES))
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  for (const status of [406, 413, 415]) byStatus.set(status, ['request.malformed'])
  return byStatus
}

/** One response per status, naming the codes that have it; all statuses unless told which. */
export function problems(...statuses: number[]): Record<string, object> {
  const wanted = statuses.length > 0 ? statuses : [...CODES_BY_STATUS.keys()]
  return Object.fromEntries(
    wanted
      .toSorted((a, b) => a - b)
      .map((status) => [
        String(status),
        {
          description: (CODES_BY_STATUS.get(status) ?? []).map((code) => `\`${code}\``).join(', '),
          content: { 'application/problem+json': { schema: ref('problem') } },
        },
      ]),
  )
}

export const answered = (schema: object, description = 'OK'): object => ({
  description,
  content: { 'application/json': { schema } },
})
/** An answer that is no JSON. */
export const answeredAs = (type: string, description: string): object => ({
  description,
  content: { [type]: { schema: text } },
})

export const inPath = (...names: string[]): object[] =>
  names.map((name) => ({ name, in: 'path', required: true, schema: text }))
export const inQuery = (...names: string[]): object[] => names.map((name) => ({ name, in: 'query', schema: text }))

export const jsonBody = (schema: object, example?: unknown): object => ({
  required: true,
  content: { 'application/json': { schema, ...(example !== undefined && { example }) } },
})

/** The tags that the paths use, in the order above, then others, as the document's head declares them. */
export function usedTags(paths: Record<string, object>): { name: string }[] {
  const used = new Set(
    Object.values(paths).flatMap((item) => Object.values(item).flatMap(({ tags = [] }: { tags?: string[] }) => tags)),
  )
  const known: string[] = Object.values(TAGS)
  return [...known.filter((name) => used.has(name)), ...[...used].filter((name) => !known.includes(name))].map(
    (name) => ({ name }),
  )
}
