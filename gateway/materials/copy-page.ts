import type { Catalog, FieldEntry, Scalar } from '../catalog/types.ts'
import type { ReleasedRow } from '../exchange.ts'
import { facts, type Html, html } from '../html.ts'
import type { CertificateSeen } from './look.ts'
import { caseFacts, paperPage, time } from './paper-page.ts'
import type { Paper } from './types.ts'

/**
 * The copy of a certificate for viewing and filing (R108): the faces its reader is granted, as the source had them when it
 * was issued. The certificate's own file stays with its library.
 */
export function certificateCopy(paper: Paper, seen: CertificateSeen, catalog: Catalog): Html {
  const { certificate, dataset, source, shown, withheld, rows } = seen
  const provider = catalog.members.get(dataset.provider)?.name ?? dataset.provider
  const asOf = source.asOf === null ? '' : `，数据时间 ${time(Date.parse(source.asOf))}`
  const body = html`${rows.map((row, at) => html`<h2>${certificate.name}${rows.length > 1 ? `（第 ${at + 1} 本，共 ${rows.length} 本）` : ''}</h2>${face(row, shown, catalog)}`)}
${withheld.length > 0 ? html`<p class="small">未经授权、不在本副本中的照面项：${withheld.map(({ name }) => name).join('、')}。</p>` : null}
<p>状态与照面于 ${time(paper.issuedAtMs)} 向“${dataset.name}”实时取得（提供部门：${provider}${asOf}），证照当时有效。带 * 处为按规定遮盖。</p>
<h2>用于</h2>${caseFacts(paper)}`
  return paperPage(paper, '电子证照副本', '供受理审核人员查看、归档；不是证照原件，不得作他用', body)
}

function face(row: ReleasedRow, shown: readonly FieldEntry[], catalog: Catalog): Html {
  return facts(
    shown.map((field) => [
      field.name.replace(/（分）$/, ''),
      Object.hasOwn(row, field.id) ? shownValue(row[field.id] ?? null, field, catalog) : '—',
    ]),
  )
}

function shownValue(value: Scalar, field: FieldEntry, catalog: Catalog): string {
  if (value === null) return field.id === 'validUntil' ? '长期' : '—'
  const text = String(value)
  // 金额以分存，按元示人。
  if (field.name.endsWith('（分）') && typeof value === 'number') return `${(value / 100).toFixed(2)} 元`
  if (field.type === 'date' && /^\d{8}$/.test(text))
    return `${text.slice(0, 4)}年${Number(text.slice(4, 6))}月${Number(text.slice(6))}日`
  if (typeof value === 'boolean') return value ? '是' : '否'
  const codes = catalog.codeLists.get(field.codeList ?? '')?.codes
  return codes !== undefined && Object.hasOwn(codes, text) ? codes[text]! : text
}
