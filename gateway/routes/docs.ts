import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Bindings } from './exchanges.ts'

const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}
/** Nothing is loaded from elsewhere: government networks have no internet (R156). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>关驿 接口文档</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`
const START = `SwaggerUIBundle({ url: '/openapi.json', domNode: document.getElementById('ui'), deepLinking: true, validatorUrl: null, supportedSubmitMethods: [] })\n`

/** `/openapi.json` and `/docs`, which works offline. */
export function docsRoutes(document: Record<string, unknown>): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const dist = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const text = JSON.stringify(document)
  app.get('/openapi.json', (c) => c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' }))
  app.get('/docs', (c) =>
    c.body(PAGE, 200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY }),
  )
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  app.get('/docs/:asset', async (c) => {
    const asset = c.req.param('asset')
    const type = ASSETS[asset]
    if (type === undefined) throw new ExchangeError('request.unknown-resource', 'no such asset')
    return c.body(await readFile(join(dist, asset)), 200, {
      'content-type': type,
      'cache-control': 'public, max-age=86400',
    })
  })
  return app
}
