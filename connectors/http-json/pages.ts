import { contractBroken } from '../failures.ts'
import type { PageAnswer } from '../values/outcome.ts'
import { valueAt } from '../values/path.ts'
import type { TemplateValues } from '../values/template.ts'
import { MAX_PAGES, type Paging } from './config.ts'

export type PageTurn = Pick<TemplateValues, 'page' | 'pageSize' | 'offset' | 'cursor'>

/**
 * Reads page after page until the source has no more; without paging, the one answer there is.
 *
 * Errors: `provider.contract` when there are more rows or pages than allowed, when the source stops short of its own
 *         total, or hands out the same cursor twice: half of the rows must never pass for all of them.
 */
export async function readPages(
  paging: Paging | undefined,
  maxRows: number,
  readPage: (turn: PageTurn) => Promise<PageAnswer>,
): Promise<PageAnswer[]> {
  const answers: PageAnswer[] = []
  let rows = 0
  let turn: PageTurn | undefined = firstTurn(paging)
  while (turn !== undefined) {
    if (answers.length >= (paging?.maxPages ?? MAX_PAGES)) throw contractBroken('more pages than allowed')
    const answer = await readPage(turn)
    answers.push(answer)
    rows += answer.rows.length
    if (rows > maxRows) throw contractBroken(`more than ${maxRows} rows`)
    turn = answer.outcome === 'ok' ? nextTurn(paging, turn, answer) : undefined
  }
  if (paging?.kind === 'page' && paging.total !== undefined) assertComplete(answers, rows, paging.total)
  return answers
}

function firstTurn(paging: Paging | undefined): PageTurn {
  return paging?.kind === 'page' ? { page: paging.first ?? 1, pageSize: paging.size, offset: 0 } : {}
}

function nextTurn(paging: Paging | undefined, turn: PageTurn, { rows, body }: PageAnswer): PageTurn | undefined {
  if (paging === undefined) return undefined
  if (paging.kind === 'page') {
    if (rows.length < paging.size) return undefined
    const offset = (turn.offset ?? 0) + rows.length
    const total = paging.total === undefined ? undefined : totalOf(body, paging.total)
    if (total !== undefined && offset >= total) return undefined
    return { page: (turn.page ?? 1) + 1, pageSize: paging.size, offset }
  }
  const next = valueAt(body, paging.next)
  if (next === undefined || next === null || next === '') return undefined
  if (typeof next !== 'string' && typeof next !== 'number') throw contractBroken('the cursor is no text')
  if (String(next) === turn.cursor) throw contractBroken('the cursor does not move')
  return { cursor: String(next) }
}

function assertComplete(answers: PageAnswer[], rows: number, path: string): void {
  const [first] = answers
  if (first === undefined || first.outcome !== 'ok') return
  if (totalOf(first.body, path) > rows) throw contractBroken('fewer rows than the total says')
}

function totalOf(body: unknown, path: string): number {
  const found = valueAt(body, path)
  const total = typeof found === 'string' && /^\d{1,9}$/.test(found) ? Number(found) : found
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0) throw contractBroken('no usable total')
  return total
}
