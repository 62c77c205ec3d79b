/** What sources call the charsets they write in; `gb18030` covers GBK and GB2312. */
const CHARSETS: Readonly<Record<string, 'utf-8' | 'gb18030'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  gb18030: 'gb18030',
  gbk: 'gb18030',
  gb2312: 'gb18030',
}

/** The charset's own name; `undefined` for one this gateway does not read. */
export function charsetNamed(name: string): 'utf-8' | 'gb18030' | undefined {
  const key = name.toLowerCase()
  return Object.hasOwn(CHARSETS, key) ? CHARSETS[key] : undefined
}

/** The charset a media type names, in lower case. */
export function charsetOf(contentType: string): string | undefined {
  return /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase()
}
