import { type Html, html } from '../html.ts'
import type { MaterialNote } from '../prefill/types.ts'
import { caseFacts, paperPage, time } from './paper-page.ts'
import type { Paper } from './types.ts'

const GROUND = {
  certificate: '证照替代：持有有效电子证照，出具本单时已实时核验状态',
  'data-sharing': '数据共享：所需信息已由数源部门共享取得',
}

/**
 * The 核验单 that a reviewer files instead of a paper: what was checked, where, when, with what result; bound to its case.
 *
 * Shape: one HTML page, printable, without scripts and without anything fetched from elsewhere. No checked value is on it;
 *        the bearer is named masked.
 * Source: R108, R109.
 */
export function verificationSheet(
  paper: Paper,
  { checkedAtMs, checked }: { checkedAtMs: number; checked: MaterialNote['checked'] },
): Html {
  const body = html`${caseFacts(paper)}
<h2>核验结果</h2>
<p class="verdict">已核验，无需申请人提交该材料</p>
<p>${GROUND[paper.note.ground]}。核验时间：${time(checkedAtMs)}。</p>
<table><thead><tr><th>数据资源</th><th>提供部门</th><th>数据时间</th><th>核验的信息项</th></tr></thead>
${checked.map(
  ({ dataset, provider, asOf, fields }) =>
    html`<tr><td>${dataset}</td><td>${provider}</td><td>${asOf === null ? '—' : time(Date.parse(asOf))}</td><td>${fields.join('、')}</td></tr>`,
)}
</table>
<p class="small">本单只载明核验事实，不载明所核验的数据内容；时间均为北京时间。</p>`
  return paperPage(paper, '核验单', '政务数据共享核验凭证，代替申请人提交纸质材料归入办件', body)
}
