/** Surnames of two characters that live on in registers; the given name behind them is what is hidden. */
const COMPOUND_SURNAMES = new Set(
  (
    '欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 ' +
    '长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 ' +
    '南门 羊舌 微生 梁丘 左丘 东门 西门 第五 欧陽 司馬 諸葛 東方'
  ).split(' '),
)
/** A Chinese name, or the parts of a longer one with the dot of the name (·) and its look-alikes between. */
const NAME = /^\p{Script=Han}+(?:[·•‧・．]\p{Script=Han}+)*$/u

/**
 * The surname stays, one character or two for a compound surname; of a name with dots only its first character and the dots.
 * `undefined` for anything that is not a name in Han characters.
 */
export function maskName(value: string): string | undefined {
  if (!NAME.test(value)) return undefined
  const characters = [...value]
  if (characters.length === 1) return undefined // nothing would be hidden
  const dotted = characters.some(isDot)
  // A name that consists of a compound surname only would be shown whole.
  const compound = !dotted && characters.length > 2 && COMPOUND_SURNAMES.has(characters[0]! + characters[1]!)
  const shown = compound ? 2 : 1
  return characters.map((character, i) => (i < shown || isDot(character) ? character : '*')).join('')
}

const isDot = (character: string): boolean => '·•‧・．'.includes(character)
