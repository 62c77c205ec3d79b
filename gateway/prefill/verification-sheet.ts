import { mask } from '../masking/mask.ts'
import { MATERIAL_LIFETIME_MS } from './answer.ts'
import type { KeptPrefill, MaterialNote, PrefillRow } from './types.ts'
import { MAIN } from './wanted.ts'

const GROUND = {
  certificate: '证照替代：持有有效电子证照，已实时核验状态',
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
  note: MaterialNote,
  { request }: KeptPrefill,
  row: PrefillRow,
  names: { gatewayId: string; item: string; consumer: string },
): string {
  const bearer = request.subjects[note.role] ?? request.subjects[MAIN] ?? Object.values(request.subjects)[0]
  const watermark = `${names.item} ${request.case ?? request.application ?? ''} ${names.consumer}`
  const rows: [string, string][] = [
    ['材料名称', `${note.name}（${note.code}）`],
    ['出具单位', note.issuer],
    ['免提交依据', GROUND[note.ground]],
    ['核验结果', '已核验，无需申请人提交'],
    ['事项', names.item],
    ['办件编号', request.case ?? '（尚未取得）'],
    ['申报流水号', request.application ?? '—'],
    ['使用单位', names.consumer],
    [
      '当事主体',
      bearer === undefined ? '—' : `${mask('name', bearer.name ?? '') || '（未提供姓名）'} ${hidden(bearer)}`,
    ],
    ['核验时间', chinaTime(row.createdAtMs)],
    ['本单有效至', chinaTime(row.createdAtMs + MATERIAL_LIFETIME_MS)],
    ['核验码', `${note.exchangeId} / ${note.index}`],
  ]
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>核验单 ${text(note.name)}</title>
<style>
body{font-family:"Source Han Sans SC","Noto Sans CJK SC",sans-serif;max-width:46rem;margin:2rem auto;color:#1a1a1a}
h1{text-align:center;letter-spacing:.5em}table{width:100%;border-collapse:collapse;margin:1rem 0}
th,td{border:1px solid #888;padding:.4rem .6rem;text-align:left;vertical-align:top}th{width:9rem;background:#f4f4f4}
.mark{position:fixed;inset:40% 0 auto 0;text-align:center;transform:rotate(-24deg);font-size:1.6rem;opacity:.12;pointer-events:none}
@media print{body{margin:0}}
</style></head><body>
<div class="mark">${text(watermark)}</div>
<h1>核验单</h1>
<table>${rows.map(([name, value]) => `<tr><th>${text(name)}</th><td>${text(value)}</td></tr>`).join('')}</table>
<table><tr><th>数据资源</th><th>提供部门</th><th>数据时间</th><th>核验的信息项</th></tr>
${note.checked.map(checkedRow).join('\n')}
</table>
<p>本单由政务数据共享交换网关（${text(names.gatewayId)}）出具，仅用于所列办件。凭核验码可在网关日志公开页查验该次交换的存证记录；本单不载明所核验的数据内容。</p>
</body></html>
`
}

function checkedRow({ dataset, provider, asOf, fields }: MaterialNote['checked'][number]): string {
  const when = asOf === null ? '—' : chinaTime(Date.parse(asOf))
  return `<tr><td>${text(dataset)}</td><td>${text(provider)}</td><td>${when}</td><td>${text(fields.join('、'))}</td></tr>`
}

const hidden = ({ idType, id }: { idType: string; id: string }): string =>
  mask(idType === 'resident-id' ? 'citizenId18' : idType === 'uscc' ? 'none' : 'full', id) ?? ''

const chinaTime = (ms: number): string =>
  `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')}（北京时间）`

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const text = (value: string): string => value.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
