import { group, text } from '../find.ts'
import type { Dialect, ForeignAnswer } from '../types.ts'

const failure = (errorCode: string, message: string): ForeignAnswer => ({
  status: 200,
  body: { success: false, errorCode, message, result: null },
})

/** Civil affairs style: every answer is HTTP 200, also a failure; what happened stands in `errorCode`. */
export const civilDialect: Dialect = {
  answer({ path, body }, registers, spoil) {
    const register = registers[path]
    if (!register) return failure('E0001', '接口不存在')
    if (text(body.orgCode) === '') return failure('E0100', '未提供请求单位')
    const finding = register(group(body.params))
    if (finding.kind === 'refused') return failure('E0400', '参数不完整')
    if (finding.kind === 'not-digitised') return failure('E0410', '档案未电子化')
    if (finding.rows.length === 0) return failure('E0404', '查无记录')
    const spoilt = spoil(finding.rows)
    return { status: 200, body: { success: true, errorCode: '0', message: 'ok', result: { records: spoilt } } }
  },
}
