import { describe, expect, it } from 'vitest'
import { answerType } from '../../gateway/requests/negotiation.ts'

describe('answer type', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/sd-jwt', 'application/sd-jwt'],
    ['application/sd-jwt, application/problem+json', 'application/sd-jwt'],
    ['application/sd-jwt, */*;q=0.1', 'application/sd-jwt'],
    ['application/sd-jwt;q=0, application/json', 'application/json'],
    ['application/json, application/sd-jwt', 'application/json'],
    ['text/html', undefined],
    ['application/json;q=0', undefined],
  ])('%s → %s', (accept, want) => {
    expect(answerType(accept)).toBe(want)
  })
})
