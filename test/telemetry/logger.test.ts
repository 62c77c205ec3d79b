import { describe, expect, it } from 'vitest'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import { createLogger, describeError } from '../../gateway/telemetry/logger.ts'
import { PUPIL } from '../../seeds/population/cast.ts'

describe('what of an error reaches a log line', () => {
  it('of a foreign error name and code only, since its message may quote what it choked on: guarded by describeError in gateway/telemetry/logger.ts', () => {
    const parser = (() => {
      try {
        return JSON.parse(`{"id": ${PUPIL.id}X}`)
      } catch (thrown) {
        return thrown
      }
    })()
    const database = Object.assign(new Error(`duplicate key (subject)=(${PUPIL.id})`), {
      code: '23505',
      detail: PUPIL.id,
    })
    const thrown = [parser, database, new Error(PUPIL.name, { cause: PUPIL.id }), PUPIL.id, { id: PUPIL.id }]
    const described = thrown.map(describeError)
    expect(JSON.stringify(described)).not.toMatch(new RegExp(`${PUPIL.id}|${PUPIL.name}`))
    expect(described).toEqual([
      { name: 'SyntaxError' },
      { name: 'Error', code: '23505' },
      { name: 'Error' },
      { name: 'string' },
      { name: 'object' },
    ])
  })

  it('of ours the message, which is written without values', () => {
    expect(describeError(new ExchangeError('internal', 'as told'))).toEqual({
      name: 'ExchangeError',
      code: 'internal',
      message: 'as told',
    })
  })

  it('a subject or an authorization header handed to the logger by mistake is redacted', () => {
    const lines: string[] = []
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
    logger.info(
      { subject: PUPIL, request: { subject: PUPIL, authorization: 'Bearer x.y.z' }, authorization: 'Bearer x.y.z' },
      'x',
    )
    expect(lines.join()).not.toMatch(new RegExp(`${PUPIL.id}|x\\.y\\.z`))
  })
})
