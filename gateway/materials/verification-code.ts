/** Crockford's alphabet: no letter that is taken for a digit when read from paper. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 28
const SHAPE = /^[0-9A-HJKMNP-TV-Z]{28}$/

/** A code nobody guesses: 28 characters of five random bits each (140 bits), in normal form. */
export function newVerificationCode(random: (bytes: number) => Buffer): string {
  // 256 is a multiple of 32, so the low five bits of a random byte are even.
  return [...random(LENGTH)].map((byte) => ALPHABET[byte & 31]).join('')
}

/** The normal form of a code as somebody types it from paper, full-width and lower case among it; nothing for what is none. */
export function parseVerificationCode(typed: string): string | undefined {
  if (typed.length > 200) return undefined
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  return SHAPE.test(code) ? code : undefined
}

/** As it is printed: seven groups of four. */
export const printedCode = (code: string): string => code.match(/.{1,4}/g)!.join('-')
