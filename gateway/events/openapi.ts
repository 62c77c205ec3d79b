import { taskSchema } from '../clerk-tasks/accept-task.ts'
import { declarationSchema } from '../declared/declaration.schema.ts'
import { myDataSchema } from '../dossier/my-data.ts'
import { type ObjectSchema, withEnvelope } from '../requests/exchange-request.schema.ts'
import { changeSchema } from './accept-change.ts'
import { usageSchema } from './accept-usage.ts'
import { correctionSchema } from './correction.schema.ts'
import { eventSchema } from './event.schema.ts'

interface ReportDoc {
  summary: string
  schema: ObjectSchema
  answer: string
}

const REPORTS: Readonly<Record<string, ReportDoc>> = {
  events: {
    summary: '上报事件：办件、证照、待遇、登记变更 / report an event of the life cycle',
    schema: eventSchema,
    answer: '已受理；同一事件重复上报得到同样的答复 / taken in; the same event again gets the same answer',
  },
  changes: {
    summary: '数据变更通知：缓存立即失效 / a provider’s change notice',
    schema: changeSchema,
    answer: '已受理 / taken in',
  },
  corrections: {
    summary: '校核纠错：提出、查看、答复、办结 / corrections',
    schema: correctionSchema,
    answer: '纠错的当前状态 / its present state',
  },
  declarations: {
    summary:
      '申报留存：申请人提供、部门核实的值，备其他表单使用（最多报一次）；须签名 / keep what an applicant supplied',
    schema: declarationSchema,
    answer: '已受理；同一申报重复上报得到同样的答复 / taken in; the same declaration again gets the same answer',
  },
  tasks: {
    summary: '本部门提出的协查：列出、撤回 / this department’s questions to people: list, withdraw',
    schema: taskSchema,
    answer: '任务及其状态，不含主体与答复 / tasks and their states, without subjects or answers',
  },
  usage: {
    summary: '使用反馈：正确、不完整、错误、未使用 / use report',
    schema: usageSchema,
    answer: '已受理 / taken in',
  },
}

/** Paths and schemas of what is no exchange, for `/openapi.json`: the same objects ajv runs. */
export function reportDocs(problems: Record<string, object>): {
  paths: Record<string, object>
  schemas: Record<string, object>
} {
  const paths: Record<string, object> = { '/v1/my-data': { post: myData(problems) } }
  const schemas: Record<string, object> = { 'my-data': myDataSchema }
  for (const [op, doc] of Object.entries(REPORTS)) {
    paths[`/v1/${op}`] = { post: report(op, doc, problems) }
    schemas[`${op}-plain`] = doc.schema
    schemas[`${op}-signed`] = withEnvelope(doc.schema)
  }
  return { paths, schemas }
}

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const json = { 'application/json': { schema: { type: 'object' } } }

function report(op: string, { summary, answer }: ReportDoc, problems: Record<string, object>): object {
  return {
    summary,
    operationId: op,
    tags: ['上报 / reports'],
    security: [{}, { token: [] }],
    requestBody: {
      required: true,
      description: `紧凑 JWS（\`typ: exchange-request+jws\`，其载荷见 \`${op}-signed\`），或携带访问令牌的 JSON。`,
      content: {
        'application/jose': {
          schema: { type: 'string', contentMediaType: 'application/json', contentSchema: ref(`${op}-signed`) },
        },
        'application/json': { schema: ref(`${op}-plain`) },
      },
    },
    responses: { 200: { description: answer, content: json }, ...problems },
  }
}

const myData = (problems: Record<string, object>): object => ({
  summary: '本人查询：谁在何时为何事查询过我的哪些信息 / who looked at my data',
  description: '凭统一身份认证平台签发给本网关的凭证（不超过5分钟，一次有效）。',
  operationId: 'my-data',
  tags: ['本人 / data subjects'],
  security: [{ token: [] }],
  requestBody: { required: false, content: { 'application/json': { schema: ref('my-data') } } },
  responses: { 200: { description: '最近的在前，逐页 / newest first, page by page', content: json }, ...problems },
})
