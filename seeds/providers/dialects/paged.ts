import { dashed } from '../../population/dates.ts'
import { text } from '../find.ts'
import type { Dialect } from '../types.ts'

/** Small, as old systems have it: a family with three properties already takes two pages. */
const LARGEST_PAGE = 2

/**
 * Paged style: rows come a page at a time, pages count from 1, an empty list is the answer to an unknown owner. The
 * rows are a nightly copy, whose day stands in `sjsj`.
 */
export const createPagedDialect = (copiedOn: string): Dialect => ({
  answer({ path, body }, registers, spoil) {
    const register = registers[path]
    if (!register) return { status: 404, body: { status: 404, msg: '接口不存在' } }
    const finding = register(body)
    if (finding.kind !== 'rows') return { status: 400, body: { status: 400, msg: '参数错误' } }
    const pageSize = Math.min(Math.max(1, Number(body.pageSize) || LARGEST_PAGE), LARGEST_PAGE)
    const pageNo = Math.max(1, Number(text(body.pageNo) || body.pageNo) || 1)
    const total = finding.rows.length
    const list = spoil(finding.rows.slice((pageNo - 1) * pageSize, pageNo * pageSize))
    return {
      status: 200,
      body: {
        status: 200,
        msg: '操作成功',
        sjsj: `${dashed(copiedOn)} 00:00:00`,
        page: { pageNo, pageSize, total, pages: Math.ceil(total / pageSize) },
        list,
      },
    }
  },
})
