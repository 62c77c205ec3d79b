import { beijingTime } from '../evidence-package/report/words.ts'
import { facts, Html, html } from '../html.ts'
import { mask } from '../masking/mask.ts'
import { PAPER_POLICY, STYLE } from './paper-style.ts'
import type { Paper } from './types.ts'
import { printedCode } from './verification-code.ts'

/** Enough to cover the sheet, and few enough to read through. */
const MARKS = 14

/** One paper: its heading, what it shows, and at its foot how it is checked; the watermark lies over all of it (R108). */
export function paperPage(paper: Paper, title: string, lead: string, body: Html): Html {
  const { gatewayId, code, checkAt, issuedAtMs, fileByMs } = paper
  return html`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${PAPER_POLICY}">
<meta name="viewport" content="width=device-width"><title>${title} ${paper.note.name}</title>
<style>${new Html(STYLE)}</style></head><body>
<div class="mark" aria-hidden="true">${Array.from({ length: MARKS }, () => html`<p>${watermark(paper)}</p>`)}</div>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${body}
<div class="check">
<p>核验码　<span class="code">${printedCode(code)}</span></p>
<p>出具时间　${time(issuedAtMs)}；请于 ${time(fileByMs)} 前归入所列办件，逾期请重新出具。</p>
<p>任何人可在 ${checkAt} 输入核验码，查验本件是否由本网关出具、是否已列入防篡改日志；该页不显示个人信息。</p>
</div>
<p class="small">本件由政务数据共享交换网关（${gatewayId}）出具，仅限本次办件使用，不得转交或另作他用；每次出具均已留痕。</p>
</body></html>
`
}

/** Whom it was given to, for what: the first table of every paper. */
export const caseFacts = ({ note, item, department, purpose, caseNo, application, bearer }: Paper): Html =>
  facts([
    ['替代的材料', `${note.name}（${note.code}）`],
    ['材料出具单位', note.issuer],
    ['办理事项', item],
    ['办件编号', caseNo ?? '（尚未取得，受理后以申报流水号对应）'],
    ['申报流水号', application],
    ['使用部门', department],
    ['用途', purpose],
    [
      '当事主体',
      bearer === undefined
        ? '—'
        : `${bearer.name === undefined ? '' : mask(bearer.type === 'person' ? 'name' : 'none', bearer.name)}　${hidden(bearer)}`,
    ],
  ])

const watermark = ({ department, item, caseNo, application, purpose, issuedAtMs, fileByMs }: Paper): string =>
  [
    '仅限本次办件使用',
    `${department}　${item}`,
    `办件 ${caseNo ?? application ?? '—'}`,
    `用途 ${purpose}`,
    `${time(issuedAtMs)} 出具`,
    `${time(fileByMs)} 前有效`,
  ].join('\n')

/** `2026年3月1日 12时30分02秒`, Beijing time. */
export const time = (ms: number): string => beijingTime(new Date(ms).toISOString())!

/** Organisations' codes are public; a person's number shows as much as lets a clerk tell whose paper it is. */
const hidden = ({ idType, id }: { idType: string; id: string }): string =>
  mask(idType === 'resident-id' ? 'citizenId18' : idType === 'uscc' ? 'none' : 'full', id) ?? ''
