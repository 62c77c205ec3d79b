/** SQL with `:name` turned into `$n`; `names[n - 1]` is the input bound to `$n`. */
export interface PositionalSql {
  text: string
  names: string[]
}

/** Everything in which a colon is not a parameter: strings, quoted names, comments, casts, and `:=`. Tried in this order. */
const TOKEN = new RegExp(
  [
    /(?<escaped>\b[eE]'(?:[^'\\]|''|\\[\s\S])*')/, // E'…' knows backslashes
    /(?<text>'(?:[^']|'')*')/,
    /(?<name>"(?:[^"]|"")*")/,
    /(?<dollar>\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$\k<tag>\$)/,
    /(?<line>--[^\n]*)/,
    /(?<block>\/\*[\s\S]*?\*\/)/,
    /(?<cast>::|:=)/,
    /:(?<parameter>[A-Za-z_]\w*)/,
    /(?<positional>\$\d+)/,
    /(?<end>;)/,
    /(?<open>['"]|\/\*|\$[A-Za-z_]*\$)/, // what starts and never ends
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
)

/**
 * Translates the catalogue's SQL. A name used twice is bound once.
 *
 * Errors: throws, naming the fault and never a value, on a parameter that is no declared input, on `$1` written by
 *         hand, on a second statement, on an unclosed string or comment, and on anything but a query.
 */
export function toPositional(sql: string, inputs: readonly string[]): PositionalSql {
  if (!/^\s*(select|with|values)\b/i.test(sql)) throw new Error('sql must be one query (select, with or values)')
  const names: string[] = []
  const text = sql.replace(/;\s*$/, '').replace(TOKEN, (...found: unknown[]) => {
    const whole = found[0] as string
    const groups = found.at(-1) as Record<string, string | undefined>
    if (groups.block !== undefined && groups.block.indexOf('/*', 2) !== -1) throw new Error('sql nests comments')
    if (groups.open !== undefined) throw new Error('sql has an unclosed string, name or comment')
    if (groups.positional !== undefined) throw new Error('sql takes named parameters only (`:name`)')
    if (groups.end !== undefined) throw new Error('sql must be a single statement')
    const name = groups.parameter
    if (name === undefined) return whole
    if (!inputs.includes(name)) throw new Error(`sql names \`:${name}\`, which is no input of the dataset`)
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  return { text, names }
}
