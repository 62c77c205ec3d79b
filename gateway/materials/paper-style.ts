import { createHash } from 'node:crypto'

/**
 * A4, black on white, legible after a bad copier. The watermark is text of the page and no background: browsers leave
 * backgrounds out when they print, and a fixed box is repeated on every sheet.
 */
export const STYLE = `
@page { size: A4; margin: 14mm 18mm 12mm; }
* { box-sizing: border-box; }
body { font-family: "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif; font-size: 10.5pt; line-height: 1.5; color: #000; background: #fff; max-width: 180mm; margin: 0 auto; padding: 8mm 4mm; }
h1, h2, .code { font-family: "Noto Sans CJK SC", "Source Han Sans SC", SimHei, sans-serif; }
h1 { font-size: 21pt; text-align: center; margin: 0 0 1mm; letter-spacing: .12em; }
.lead { text-align: center; font-size: 10pt; margin: 0 0 5mm; }
h2 { font-size: 12pt; margin: 3.5mm 0 1mm; break-after: avoid; }
table { width: 100%; border-collapse: collapse; margin: 1.5mm 0; font-size: 10.5pt; }
th, td { border: .5pt solid #444; padding: .8mm 2.2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; }
.facts th { width: 34mm; white-space: nowrap; }
thead { display: table-header-group; }
tr, .check { break-inside: avoid; }
.check { border: 1.5pt solid #000; padding: 2mm 4mm; margin: 4mm 0 2mm; }
.check p { margin: 1mm 0; }
.code { font-size: 13pt; font-weight: 700; letter-spacing: .06em; white-space: nowrap; }
.verdict { font-size: 12.5pt; font-weight: 700; }
.bad { color: #a00000; text-decoration: underline; }
.small { font-size: 9pt; margin: 1.5mm 0; }
.en { font-size: 9pt; color: #333; }
.mono { font-family: "Noto Sans Mono", Consolas, monospace; font-size: 9pt; }
.ask { display: flex; gap: 2mm; margin: 4mm 0; }
.ask input { flex: 1; font: inherit; padding: 2mm; border: 1pt solid #444; }
.ask button { font: inherit; padding: 2mm 6mm; border: 1pt solid #000; background: #fff; cursor: pointer; }
.mark { position: fixed; inset: 0; overflow: hidden; pointer-events: none; user-select: none; display: grid; grid-template-columns: 1fr 1fr; align-content: space-around; justify-items: center; z-index: 1; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.mark p { margin: 0; transform: rotate(-18deg); color: #555; opacity: .17; font-family: "Noto Sans CJK SC", SimHei, sans-serif; font-size: 9.5pt; line-height: 1.4; text-align: center; white-space: pre; }
.mark p:nth-child(4n+3), .mark p:nth-child(4n+4) { position: relative; left: 44mm; }
@media print { body { padding: 0; max-width: none; } .screen { display: none; } }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
/** Nothing runs, nothing is fetched, nothing frames it; also where the file was saved and is opened without our headers. */
export const PAPER_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`
/** The public page asks for a code. */
export const ASKING_POLICY = PAPER_POLICY.replace("form-action 'none'", "form-action 'self'")
