import { dashed } from '../../population/dates.ts'
import { text } from '../find.ts'
import type { Dialect } from '../types.ts'

/** SOAP style: the operation chooses the register, a code stands in the answer, the rows are last night's copy. */
export const createSoapDialect = (copiedOn: string): Dialect => ({
  answer({ body }, registers, spoil) {
    const register = registers[text(body.operation)]
    const finding = register?.(body)
    if (finding?.kind !== 'rows') return { status: 200, body: { code: '400', msg: '参数错误' } }
    const sjsj = `${dashed(copiedOn)} 00:00:00`
    return { status: 200, body: { code: '200', msg: '操作成功', sjsj, list: spoil(finding.rows) } }
  },
})
