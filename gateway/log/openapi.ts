import { answered, answeredAs, inPath, inQuery, object, problems, TAGS } from '../routes/openapi-parts.ts'

const open = { tags: [TAGS.log], security: [] }
const refusals = problems(404, 429, 503)
const note = (summary: string, operationId: string): object => ({
  get: {
    summary,
    operationId,
    ...open,
    responses: { 200: answeredAs('text/plain', '已签名的文本 / a signed note'), ...refusals },
  },
})
const BYTES = { 'application/octet-stream': { schema: { type: 'string', contentEncoding: 'binary' } } }

/** Paths of the published log (C2SP tlog-tiles), of proofs, and of the provider's view of uses. */
export const logDocs = (): Record<string, object> => ({
  '/log/checkpoint': note('最新检查点 / latest checkpoint', 'checkpoint'),
  '/log/sm3-head': note('SM3 链头 / head of the SM3 chain', 'sm3Head'),
  '/log/lowest-kept': note('条目自何处起保留 / where entries begin', 'lowestKept'),
  '/log/keys': {
    get: {
      summary: '日志的验证公钥 / verification keys of the log',
      operationId: 'logKeys',
      ...open,
      responses: { 200: answered(object), ...problems(429) },
    },
  },
  '/log/checkpoints': {
    get: {
      summary: '历次检查点 / all checkpoints, page by page',
      operationId: 'checkpoints',
      ...open,
      parameters: inQuery('from'),
      responses: { 200: answered(CHECKPOINTS), ...problems(400, 429, 503) },
    },
  },
  '/log/tile/{level}/{index}': {
    get: {
      summary: '哈希瓦片（C2SP tlog-tiles；序号每三位一段，未满的以 .p/W 结尾） / hash tiles',
      operationId: 'tile',
      ...open,
      parameters: inPath('level', 'index'),
      responses: { 200: { description: 'OK', content: BYTES }, ...refusals },
    },
  },
  '/log/tile/entries/{index}': {
    get: {
      summary: '条目包，只供日志读取者 / entry bundles, for readers of the log',
      operationId: 'entryBundle',
      tags: [TAGS.log],
      security: [{ token: [] }],
      parameters: inPath('index'),
      responses: { 200: { description: 'OK', content: BYTES }, ...refusals, ...problems(403) },
    },
  },
  '/v1/exchanges/{id}/proof': {
    get: {
      summary: '本系统一次交换的存证证明（.tlog-proof） / proof that one of the caller’s exchanges is in the log',
      operationId: 'proof',
      tags: [TAGS.exchange],
      security: [{ token: [] }],
      parameters: inPath('id'),
      responses: { 200: answeredAs('text/plain', 'C2SP tlog-proof'), ...problems(401, 404, 429, 503) },
    },
  },
  '/v1/uses': {
    get: {
      summary: '数源部门查看自己数据资源的使用情况，不含主体 / a provider sees every use of its own dataset',
      operationId: 'uses',
      tags: [TAGS.exchange],
      security: [{ token: [] }],
      parameters: [
        { name: 'dataset', in: 'query', required: true, schema: { type: 'string' } },
        ...inQuery('from', 'to', 'outcome', 'limit', 'cursor'),
      ],
      responses: { 200: answered(USES), ...problems(400, 401, 403, 429, 503) },
    },
  },
})

const CHECKPOINTS = {
  type: 'object',
  properties: {
    checkpoints: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          signedAt: { type: 'string', format: 'date-time' },
          checkpoint: { type: 'string' },
        },
        required: ['size', 'signedAt', 'checkpoint'],
      },
    },
    next: { type: ['integer', 'null'] },
  },
  required: ['checkpoints', 'next'],
}
const USES = {
  type: 'object',
  properties: {
    dataset: { type: 'string' },
    uses: { type: 'array', items: object },
    next: { type: ['string', 'null'] },
  },
  required: ['dataset', 'uses', 'next'],
}
