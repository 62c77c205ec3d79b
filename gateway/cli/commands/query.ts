import { askCommand } from '../exchange/ask-command.ts'

export const query = askCommand('query', {
  zh: '按授权查询信息项，并核验返回的证据',
  en: 'ask for fields, verify the evidence',
  notes: [
    {
      zh: '请求文件是设计文档第4节的 JSON 成员（scenario、purpose、subject、fields …），不含 jti；签名由本命令完成。',
      en: 'The request file holds the members of a request (scenario, purpose, subject, fields …) without jti; this command signs.',
    },
  ],
  examples: [
    'guanyi query --demo 1',
    'guanyi query request.json --save-evidence evidence.sd-jwt',
    'cat request.json | guanyi query - --json',
  ],
})
