import { PLAIN_CRITERIA } from '../audit/criteria.ts'
import { STAT_DIMENSIONS } from '../audit/stats.ts'
import { OPERATOR_ROLES } from '../operators/registry-file.ts'
import { healthDocs, tokenOperation } from './openapi.ts'
import { managementSchemas, page } from './openapi-management-schemas.ts'
import {
  answered,
  answeredAs,
  inPath,
  inQuery,
  jsonBody,
  object,
  problems,
  ref,
  TAGS,
  usedTags,
} from './openapi-parts.ts'

const text = { type: 'string' }

/** Which roles a gate lets in: what the summary says in words, for programs. */
type Role = (typeof OPERATOR_ROLES)[number]
interface Described {
  summary: string
  operationId: string
  tag: string
  roles: readonly Role[]
  parameters?: object[]
  body?: object
  ok: Record<string, object>
  refused?: readonly number[]
}

function operation({ summary, operationId, tag, roles, parameters, body, ok, refused = [] }: Described): object {
  const statuses = [...new Set([400, 401, 403, 429, 503, ...(body === undefined ? [] : [413]), ...refused])]
  return {
    summary,
    description: `角色 / roles: ${roles.map((role) => `\`${role}\``).join(', ')}`,
    operationId,
    tags: [tag],
    security: [{ token: [] }],
    ...(parameters !== undefined && { parameters }),
    ...(body !== undefined && { requestBody: body }),
    responses: { ...ok, ...problems(...statuses) },
  }
}

const AUDIT = ['audit-administrator'] as const
const SECURITY = ['security-administrator'] as const
const CLERK = ['provider-clerk'] as const
const JSON_OR_CSV = (schema: object): Record<string, object> => ({
  200: { description: 'OK', content: { 'application/json': { schema }, 'text/csv': { schema: text } } },
})

const RECORDS = '/admin/v1/records'
const FINDINGS = '/admin/v1/findings'
const TASKS = '/admin/v1/tasks'
const QUESTION = {
  scenario: 'P2.1',
  subject: { type: 'person', idType: 'resident-id', id: '371099201907120017' },
  from: '20261101',
  limit: 50,
}

function paths(): Record<string, object> {
  return {
    [RECORDS]: {
      get: operation({
        summary: '检索留痕，不指名任何人 / search records without naming anybody',
        operationId: 'records',
        tag: TAGS.records,
        roles: AUDIT,
        parameters: inQuery(...PLAIN_CRITERIA, 'from', 'to', 'limit', 'cursor', 'count'),
        ok: { 200: answered(ref('records')) },
      }),
    },
    [`${RECORDS}/search`]: {
      post: operation({
        summary: '按主体或经办人检索，检索本身留痕 / search by subject or operator; recorded itself',
        operationId: 'searchRecords',
        tag: TAGS.records,
        roles: AUDIT,
        body: jsonBody(ref('record-search'), QUESTION),
        ok: { 200: answered(ref('records')) },
        refused: [415],
      }),
    },
    [`${RECORDS}/export`]: {
      post: operation({
        summary: '导出为带水印的 CSV，留痕 / export as watermarked CSV; recorded',
        operationId: 'exportRecords',
        tag: TAGS.records,
        roles: AUDIT,
        body: jsonBody(ref('record-export'), { scenario: 'P2.1', from: '20261101' }),
        ok: { 200: answeredAs('text/csv', 'UTF-8，带 BOM') },
        refused: [415],
      }),
    },
    [`${RECORDS}/{id}`]: {
      get: operation({
        summary: '一条留痕的全部 / one record whole',
        operationId: 'record',
        tag: TAGS.records,
        roles: AUDIT,
        parameters: inPath('id'),
        ok: { 200: answered(ref('record')) },
        refused: [404],
      }),
    },
    [`${RECORDS}/{id}/unseal`]: {
      post: operation({
        summary: '启封请求或经办人，先留痕 / open the sealed request or operator; recorded first',
        operationId: 'unseal',
        tag: TAGS.records,
        roles: AUDIT,
        parameters: inPath('id'),
        body: jsonBody(ref('unseal'), { what: 'request', reason: '依监察机关调阅函核对原始请求' }),
        ok: { 200: answered(ref('unsealed')) },
        refused: [404],
      }),
    },
    [`${RECORDS}/{id}/evidence-package`]: {
      get: operation({
        summary: '证据包（ZIP，可离线核验） / evidence package, verified offline',
        operationId: 'evidencePackage',
        tag: TAGS.records,
        roles: AUDIT,
        parameters: [...inPath('id'), ...inQuery('unseal', 'reason')],
        ok: { 200: answeredAs('application/zip', 'ZIP') },
        refused: [404],
      }),
      post: operation({
        summary: '证据包，并核对是否关于所给主体 / the same, also saying whether it is about the subject given',
        operationId: 'evidencePackageAbout',
        tag: TAGS.records,
        roles: AUDIT,
        parameters: inPath('id'),
        body: jsonBody(object),
        ok: { 200: answeredAs('application/zip', 'ZIP') },
        refused: [404, 422],
      }),
    },
    [FINDINGS]: {
      get: operation({
        summary: '异常发现 / findings',
        operationId: 'findings',
        tag: TAGS.findings,
        roles: AUDIT,
        parameters: inQuery('kind', 'status', 'system', 'limit', 'cursor'),
        ok: { 200: answered(ref('findings')) },
      }),
    },
    [`${FINDINGS}/{id}`]: {
      get: operation({
        summary: '一项发现及其留痕 / one finding and its records',
        operationId: 'finding',
        tag: TAGS.findings,
        roles: AUDIT,
        parameters: inPath('id'),
        ok: { 200: answered(ref('finding')) },
        refused: [404],
      }),
    },
    [`${FINDINGS}/{id}/close`]: {
      post: operation({
        summary: '办结一项发现，留痕 / close a finding; recorded',
        operationId: 'closeFinding',
        tag: TAGS.findings,
        roles: AUDIT,
        parameters: inPath('id'),
        body: jsonBody(ref('reason'), { reason: '已核实，系年度集中核验' }),
        ok: { 200: answered(ref('finding')) },
        refused: [404, 409],
      }),
    },
    '/admin/v1/dossiers/lookup': {
      post: operation({
        summary: '谁查过此人（此企业），查阅本身留痕 / who looked at this subject; recorded itself',
        operationId: 'dossierLookup',
        tag: TAGS.dossiers,
        roles: AUDIT,
        body: jsonBody(ref('dossier-lookup')),
        ok: { 200: answered(object) },
        refused: [422],
      }),
    },
    '/admin/v1/dossiers/suppressions': {
      post: operation({
        summary: '依法暂缓告知，留痕 / delay a notice by law; recorded',
        operationId: 'suppress',
        tag: TAGS.dossiers,
        roles: SECURITY,
        body: jsonBody(ref('suppression')),
        ok: { 201: answered(object) },
        refused: [422],
      }),
    },
    '/admin/v1/dossiers/suppressions/lift': {
      post: operation({
        summary: '提前恢复告知，留痕 / end a delay early; recorded',
        operationId: 'liftSuppression',
        tag: TAGS.dossiers,
        roles: SECURITY,
        body: jsonBody(ref('suppression-lift')),
        ok: { 200: answered(object) },
        refused: [404],
      }),
    },
    [TASKS]: {
      get: operation({
        summary: '本部门的协查任务 / tasks of the clerk’s own department',
        operationId: 'tasks',
        tag: TAGS.tasks,
        roles: CLERK,
        parameters: inQuery('state', 'before'),
        ok: { 200: answered(page('tasks', object)) },
      }),
    },
    [`${TASKS}/{id}`]: {
      get: operation({
        summary: '一项协查任务 / one task',
        operationId: 'task',
        tag: TAGS.tasks,
        roles: CLERK,
        parameters: inPath('id'),
        ok: { 200: answered(object) },
        refused: [404],
      }),
    },
    [`${TASKS}/{id}/answer`]: {
      post: operation({
        summary: '答复协查任务，留痕 / answer a task; recorded',
        operationId: 'answerTask',
        tag: TAGS.tasks,
        roles: CLERK,
        parameters: inPath('id'),
        body: jsonBody(ref('task-answer')),
        ok: { 200: answered(object) },
        refused: [404, 409, 422],
      }),
    },
    [`${TASKS}/{id}/refuse`]: {
      post: operation({
        summary: '退回协查任务，留痕 / refuse a task; recorded',
        operationId: 'refuseTask',
        tag: TAGS.tasks,
        roles: CLERK,
        parameters: inPath('id'),
        body: jsonBody(ref('task-refusal')),
        ok: { 200: answered(object) },
        refused: [404, 409, 422],
      }),
    },
    '/admin/v1/stats/exchanges': {
      get: operation({
        summary: '交换量统计 / counts for charts',
        operationId: 'exchangeStats',
        tag: TAGS.statistics,
        roles: AUDIT,
        parameters: [
          { name: 'by', in: 'query', schema: { enum: [...STAT_DIMENSIONS] } },
          ...inQuery('from', 'to', 'format'),
        ],
        ok: JSON_OR_CSV(object),
      }),
    },
    '/admin/v1/stats/monthly': {
      get: operation({
        summary: '部门月报 / a department’s month',
        operationId: 'monthlyStats',
        tag: TAGS.statistics,
        roles: AUDIT,
        parameters: inQuery('month', 'member', 'format'),
        ok: JSON_OR_CSV(object),
      }),
    },
    '/admin/v1/stats/prefill': {
      get: operation({
        summary: '预填的三项比率：字段共享率、证照替代率、免提交率 / rates of prefilled forms',
        operationId: 'prefillStats',
        tag: TAGS.statistics,
        roles: AUDIT,
        parameters: inQuery('by', 'from', 'to', 'member', 'item', 'format'),
        ok: JSON_OR_CSV(object),
      }),
    },
    '/admin/v1/operators/me': {
      get: operation({
        summary: '令牌代表谁 / whom the token speaks for',
        operationId: 'me',
        tag: TAGS.access,
        roles: OPERATOR_ROLES,
        ok: { 200: answered(ref('operator')) },
      }),
    },
    '/oauth/token': { post: { ...tokenOperation, operationId: 'operatorToken' } },
    '/metrics': {
      get: {
        summary: 'Prometheus 指标，不含个人信息 / metrics',
        operationId: 'metrics',
        tags: [TAGS.running],
        security: [],
        responses: { 200: answeredAs('text/plain', 'Prometheus 0.0.4'), ...problems(429) },
      },
    },
    ...healthDocs,
  }
}

/** `/openapi.json` of the management port: what operators and the console use. */
export function managementDocument(gatewayId: string, version: string): Record<string, unknown> {
  const all = paths()
  return {
    openapi: '3.1.0',
    info: {
      title: 'Guanyi 关驿 管理面',
      version,
      description: `审计、安全与系统管理三员分立；每次查阅档案或启封都留痕。网关编号（\`aud\`）：\`${gatewayId}\`。\n\nThe management plane: roles exclude each other, every view of a dossier or sealed value is recorded.`,
    },
    tags: usedTags(all),
    paths: all,
    components: {
      schemas: managementSchemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}
