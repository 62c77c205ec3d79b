import { sign, verify } from 'node:crypto'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { generateJwk, importSigningJwk, importVerificationJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'

/**
 * What any signed exchange costs at the very least: a bare Hono server that verifies one ES256 JWS and signs one, with
 * node:crypto in the thread pool, and does nothing else. Prints its port and public key when it listens.
 */
const serverKey = importSigningJwk({ ...generateJwk('ES256', 'baseline') })
const clientJwk = JSON.parse(process.argv[2]!) as Record<string, unknown>
const clientKey = importVerificationJwk(clientJwk)
const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'baseline' })).toString('base64url')

const verified = (input: Buffer, signature: Buffer): Promise<boolean> =>
  new Promise((resolve, reject) =>
    verify('sha256', input, { key: clientKey.key, dsaEncoding: 'ieee-p1363' }, signature, (error, ok) =>
      error ? reject(error) : resolve(ok),
    ),
  )
const signed = (input: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    sign('sha256', input, { key: serverKey.key, dsaEncoding: 'ieee-p1363' }, (error, signature) =>
      error ? reject(error) : resolve(signature),
    ),
  )

const app = new Hono()
app.post('/v1/query', async (c) => {
  const body = Buffer.from(await c.req.arrayBuffer())
  const end = body.lastIndexOf(0x2e)
  if (!(await verified(body.subarray(0, end), Buffer.from(body.toString('latin1', end + 1), 'base64url'))))
    return c.text('no', 401)
  const payload = JSON.parse(
    Buffer.from(body.toString('latin1', body.indexOf(0x2e) + 1, end), 'base64url').toString(),
  ) as { jti: string }
  const input = `${header}.${Buffer.from(JSON.stringify({ jti: payload.jti, iat: Date.now() })).toString('base64url')}`
  return c.json({ evidence: `${input}.${(await signed(Buffer.from(input))).toString('base64url')}` })
})

const server = createAdaptorServer({ fetch: app.fetch })
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as { port: number }
  process.send?.({ port: address.port, key: toPublicJwk(serverKey) })
})
process.once('disconnect', () => process.exit(0))
