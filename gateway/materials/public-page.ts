import { beijingTime } from '../evidence-package/report/words.ts'
import { facts, Html, html } from '../html.ts'
import type { IssuedPaper } from './look-up-code.ts'
import { STYLE } from './paper-style.ts'

const PAPER = {
  sheet: '核验单 · verification sheet',
  copy: '电子证照副本 · certificate copy',
}
const PROOF = {
  included: '已列入，证明成立 · included, the proof holds',
  pending: '已留痕，一两秒后列入下一检查点，请稍后再查 · recorded, awaits the next checkpoint',
  failed: '不成立：记录与已公布的日志不符，请勿采信并联系网关运行机关 · DOES NOT HOLD, do not rely on this paper',
}

/** Where anybody who holds a paper types its code. Chinese and English on one page: nobody is asked which. */
export const askingPage = (): Html => page(html`${form()}`)

/** What the log says of one paper: that it was issued, when, by whom, for whom; no name, no number, no case. */
export function foundPage(paper: IssuedPaper, nowMs: number): Html {
  const { gatewayId, issuedAt, fileBy, department, item, index, proof, checkpointSize, pageSha256 } = paper
  const late = nowMs > Date.parse(fileBy)
  return page(html`
<p class="verdict${proof === 'failed' ? ' bad' : ''}">${
    proof === 'failed'
      ? '日志证明不成立 · The log does not bear this paper out'
      : '确由本网关出具 · This paper was issued by this gateway'
  }</p>
${facts([
  ['类别 Kind', PAPER[paper.paper]],
  ['出具网关 Gateway', gatewayId],
  ['出具时间 Issued', `${beijingTime(issuedAt)}（${issuedAt}）`],
  [
    '归入办件期限 File by',
    `${beijingTime(fileBy)}${late ? '（已过期限，未归档的请重新出具 · past, issue anew if not filed）' : ''}`,
  ],
  ['使用部门 Department', department],
  ['办理事项 Item', item],
  ['日志序号 Log index', index],
  ['日志证明 Log proof', `${PROOF[proof]}${checkpointSize === null ? '' : `（检查点 checkpoint ${checkpointSize}）`}`],
  ['文件摘要 SHA-256', html`<span class="mono">${pageSha256}</span>`],
])}
<p class="small">请与手中文件核对部门、事项和出具时间；电子文件可核对其 SHA-256。本页不显示任何个人信息和办件内容。</p>
<p class="small en">Compare department, item and time with the paper in hand; of a file compare the SHA-256. This page shows nothing personal.</p>
${form()}`)
}

/** One answer for a code that is none, was never given out, or whose record is past its period. */
export const notFoundPage = (): Html =>
  page(html`
<p class="verdict bad">查无此核验码 · No paper bears this code</p>
<p>请核对后重新输入：核验码共 28 位，不含字母 I、L、O、U。仍查不到的，请勿采信该文件。</p>
<p class="en">Check the 28 characters and try again. If it is still not found, do not rely on the paper.</p>
${form()}`)

const form = (): Html => html`
<form class="ask screen" method="get" action="/log/sheets">
<input name="code" required maxlength="60" autocomplete="off" spellcheck="false" aria-label="核验码 verification code" placeholder="核验码 XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX">
<button>查验 Check</button>
</form>`

const page = (body: Html): Html => html`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer"><title>核验码查验 · Check a verification code</title>
<style>${new Html(STYLE)}</style></head><body>
<h1>核验码查验</h1>
<p class="lead">核验单与证照副本的公开查验 · Public check of verification sheets and certificate copies</p>
${body}
</body></html>
`
