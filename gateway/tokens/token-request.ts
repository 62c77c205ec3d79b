import type { Context } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import { readBody } from '../requests/body.ts'
import { TOKEN_LIFETIME_S } from './access-tokens.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const MAX_FORM_BYTES = 16_384

/**
 * The client assertion in a token request's form.
 *
 * Errors: `request.malformed` in the words of OAuth; 415 for another media type.
 * Source: RFC 6749 §4.4 with RFC 7523 §2.2.
 */
export async function readTokenRequest(c: Context): Promise<string> {
  if (!(c.req.header('content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    throw oauthError(
      'request.malformed',
      'invalid_request',
      '请求体类型应为 application/x-www-form-urlencoded',
      'send application/x-www-form-urlencoded',
      415,
    )
  }
  const form = new URLSearchParams((await readBody(c, MAX_FORM_BYTES)).toString('utf8'))
  if (form.get('grant_type') !== 'client_credentials') {
    throw oauthError(
      'request.malformed',
      'unsupported_grant_type',
      'grant_type 应为 client_credentials',
      'grant_type must be client_credentials',
    )
  }
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
    throw oauthError(
      'request.malformed',
      'invalid_request',
      `client_assertion_type 应为 ${ASSERTION_TYPE}`,
      `client_assertion_type must be ${ASSERTION_TYPE}`,
    )
  }
  return form.get('client_assertion') ?? ''
}

/** The answer to a token request; never kept by a cache (RFC 6749 §5.1). */
export function tokenResponse(c: Context, token: string): Response {
  return c.json({ access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFETIME_S }, 200, {
    'cache-control': 'no-store',
    pragma: 'no-cache',
  })
}

/** A problem document that OAuth clients understand too (`error`, `error_description`: RFC 6749 §5.2). */
export function oauthError(
  code: ExchangeError['code'],
  error: string,
  zh: string,
  en: string,
  status?: number,
  extensions: Record<string, unknown> = {},
): ExchangeError {
  return new ExchangeError(code, en, {
    publicDetail: { zh, en },
    extensions: { error, error_description: en, ...extensions },
    ...(status !== undefined && { status }),
  })
}
