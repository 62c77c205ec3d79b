import { contractBroken } from '../failures.ts'
import type { RawAnswer } from '../network/http-transport.ts'
import { charsetNamed, charsetOf } from '../values/charset.ts'
import { outcomeOfStatus, type PageAnswer, readBody, settled } from '../values/outcome.ts'
import type { HttpJsonConfig } from './config.ts'

type AnswerConfig = Pick<HttpJsonConfig, 'statuses' | 'outcome' | 'records' | 'charset'>

/** Reads one HTTP answer by the source's own conventions. Errors: as `readBody`. */
export function readAnswer(answer: RawAnswer, config: AnswerConfig): PageAnswer {
  const byStatus = outcomeOfStatus(answer.status, config)
  if (byStatus === 'ok' || byStatus === 'read') return readBody(parseJson(answer, config.charset), config)
  return settled(byStatus, `status ${answer.status}`, undefined)
}

/** The JSON text of an answer. Errors: `provider.contract`. */
export function parseJson({ body, contentType }: RawAnswer, fallback = 'utf-8'): unknown {
  const charset = charsetNamed(charsetOf(contentType) ?? fallback)
  if (charset === undefined) throw contractBroken('unknown charset')
  try {
    return JSON.parse(new TextDecoder(charset, { fatal: true }).decode(body))
  } catch {
    // The parser quotes the text it stumbled over, so its error is dropped.
    throw contractBroken(body.length === 0 ? 'empty body' : 'body is not JSON')
  }
}
