/** SQL with each `:name` turned into `?`; `names[n]` is the input bound to the n-th mark. A name used twice stands twice. */
export interface MarkedSql {
  text: string
  names: string[]
}

/**
 * Everything in which a colon is not a parameter, as MySQL reads it with an empty `sql_mode` (which the session sets):
 * backslashes escape in both kinds of string, `--` opens a comment only before white space. Tried in this order.
 */
const TOKEN = new RegExp(
  [
    /(?<text>'(?:[^'\\]|''|\\[\s\S])*')/,
    /(?<quoted>"(?:[^"\\]|""|\\[\s\S])*")/,
    /(?<name>`(?:[^`]|``)*`)/,
    /(?<line>--(?=\s|$)[^\n]*|#[^\n]*)/,
    /(?<executable>\/\*(?:!|M!))/, // a comment that the server runs
    /(?<block>\/\*[\s\S]*?\*\/)/,
    /(?<assign>:=)/,
    /:(?<parameter>[A-Za-z_]\w*)/,
    /(?<positional>\?)/,
    /(?<end>;)/,
    /(?<open>['"`]|\/\*)/, // what starts and never ends
    /(?<file>\binto\s+(?:out|dump)file\b|\bload_file\b)/,
  ]
    .map((part) => part.source)
    .join('|'),
  'gi',
)

const FAULTS: Readonly<Record<string, string>> = {
  executable: 'sql has an executable comment',
  assign: 'sql assigns a variable',
  positional: 'sql takes named parameters only (`:name`)',
  end: 'sql must be a single statement',
  open: 'sql has an unclosed string, name or comment',
  file: 'sql reads or writes a file',
}

/**
 * Translates the catalogue's SQL.
 *
 * Errors: throws, naming the fault and never a value, on a parameter that is no declared input, on `?` written by hand,
 *         on a second statement, on an unclosed string or comment, on executable comments, variables and files, and on
 *         anything but a query.
 */
export function toMarked(sql: string, inputs: readonly string[]): MarkedSql {
  if (!/^\s*(select|with)\b/i.test(sql)) throw new Error('sql must be one query (select or with)')
  const names: string[] = []
  const text = sql.replace(/;\s*$/, '').replace(TOKEN, (...found: unknown[]) => {
    const groups = found.at(-1) as Record<string, string | undefined>
    const fault = Object.keys(FAULTS).find((kind) => groups[kind] !== undefined)
    if (fault !== undefined) throw new Error(FAULTS[fault])
    const name = groups.parameter
    if (name === undefined) return found[0] as string
    if (!inputs.includes(name)) throw new Error(`sql names \`:${name}\`, which is no input of the dataset`)
    names.push(name)
    return '?'
  })
  return { text, names }
}
