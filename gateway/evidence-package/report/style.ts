/** A4, black on white, legible after a bad copier; results are marked by words and signs, not by colour alone. */
export const STYLE = `
@page { size: A4; margin: 22mm 20mm 20mm; @bottom-center { content: "第 " counter(page) " 页，共 " counter(pages) " 页"; font-size: 9pt; } }
* { box-sizing: border-box; }
body { font-family: "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif; font-size: 11pt; line-height: 1.6; color: #000; background: #fff; max-width: 180mm; margin: 0 auto; padding: 8mm 4mm; }
h1 { font-family: "Noto Sans CJK SC", "Source Han Sans SC", SimHei, sans-serif; font-size: 20pt; text-align: center; margin: 0 0 2mm; letter-spacing: .1em; }
.number { text-align: center; font-size: 10pt; margin: 0 0 6mm; }
h2 { font-family: "Noto Sans CJK SC", "Source Han Sans SC", SimHei, sans-serif; font-size: 13pt; margin: 6mm 0 2mm; border-bottom: 1pt solid #000; break-after: avoid; }
p { margin: 1.5mm 0; }
table { width: calc(100% - 1px); border-collapse: collapse; margin: 2mm 0; font-size: 10pt; }
th, td { border: .5pt solid #444; padding: 1.2mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead { display: table-header-group; }
thead th, .facts th { background: #f0f0f0; font-weight: 600; }
.facts th { width: 32mm; }
tr { break-inside: avoid; }
.mono { font-family: "Noto Sans Mono", Consolas, monospace; font-size: 8.5pt; }
.conclusion { border: 1.5pt solid #000; padding: 3mm 4mm; margin: 3mm 0; }
.conclusion .verdict { font-weight: 700; font-size: 12pt; }
.failed { font-weight: 700; text-decoration: underline; color: #a00000; }
.warning { border: 1pt dashed #000; padding: 2mm 3mm; font-size: 10pt; }
.nowrap { white-space: nowrap; }
.signatures { display: flex; justify-content: space-between; margin-top: 14mm; break-inside: avoid; }
.small { font-size: 9pt; }
@media print { body { padding: 0; max-width: none; } th, .facts th, thead th { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
`
