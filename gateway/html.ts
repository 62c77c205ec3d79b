/** Text that is already HTML. Everything else is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Part[] | null | undefined

/** A template whose every value is escaped, unless it is HTML itself; lists are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings.reduce((text, piece, place) => text + piece + (place < parts.length ? render(parts[place]) : ''), ''),
  )
}

function render(part: Part): string {
  if (part === null || part === undefined) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A table of two columns; rows without a value are left out. */
export const facts = (rows: readonly (readonly [label: string, value: Part])[]): Html =>
  html`<table class="facts">${rows
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([label, value]) => html`<tr><th>${label}</th><td>${value}</td></tr>`)}</table>`
