const PROVINCE =
  '(?:\\p{Script=Han}{2,3}?省|\\p{Script=Han}{2,6}?自治区|(?:北京|天津|上海|重庆)市|(?:香港|澳门)特别行政区)'
const CITY = '\\p{Script=Han}{2,10}?(?:市|自治州|地区|盟)'
/** 小区, 社区, 园区, 厂区 … end in 区 as well, and are the very thing to hide. */
const DISTRICT =
  '(?:\\p{Script=Han}{1,4}?(?<![小社园校厂街库营宅发业税片生住])区|\\p{Script=Han}{1,4}?[县市旗]|\\p{Script=Han}{2,12}?自治[县旗])'
/** Province or city must come first: a lone “…区” cannot be told from a housing estate. */
const DOWN_TO_DISTRICT = new RegExp(`^(?:${PROVINCE}(?:${CITY})?|${CITY})(?:${DISTRICT})?`, 'u')

/** Keeps an address down to the district (县级) and hides the rest; `undefined` when it does not begin with a province or city. */
export function maskAddress(value: string): string | undefined {
  const kept = DOWN_TO_DISTRICT.exec(value)?.[0]
  if (kept === undefined) return undefined
  return kept + '*'.repeat([...value.slice(kept.length)].length)
}
