import { group, text } from '../find.ts'
import type { Dialect, ForeignAnswer } from '../types.ts'

const answer = (code: string, words: string, data: Record<string, unknown> | null): ForeignAnswer => ({
  status: 200,
  body: { code, text: words, data },
})

/**
 * Police style: one address, a head that says who asks, and a business type that chooses the service. Without the
 * requesting unit and the officer's number and unit nothing is answered: every look-up goes into the police's own log.
 */
export const policeDialect: Dialect = {
  answer({ body }, registers, spoil) {
    const head = group(body.head)
    if (text(head.qqdwdm) === '' || text(head.qqdwmc) === '') return answer('2001', '请求单位信息缺失', null)
    if (text(head.czrybh) === '' || text(head.czrydw) === '') return answer('2002', '操作人员信息缺失', null)
    const register = registers[text(head.ywlx)]
    if (!register) return answer('2003', '业务类型未备案', null)
    const finding = register(group(body.body))
    if (finding.kind === 'refused') return answer('3001', '查询条件不足', null)
    if (finding.kind === 'not-digitised') return answer('1002', '档案未电子化', null)
    if (finding.rows.length === 0) return answer('1001', '未查询到数据', null)
    return answer('0000', '成功', { count: finding.rows.length, rows: spoil(finding.rows) })
  },
}
