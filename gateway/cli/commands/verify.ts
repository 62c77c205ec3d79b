import { askCommand } from '../exchange/ask-command.ts'

export const verify = askCommand('verify', {
  zh: '核对所给的值与数源是否一致，不返回数据',
  en: 'compare values with the source',
  notes: [
    {
      zh: '请求文件用 claims（{"dataset.field": 值}）代替 fields。“不一致”是答复而非失败，退出码仍为 0。',
      en: 'The request file has claims ({"dataset.field": value}) instead of fields. A mismatch is an answer: the exit code is 0.',
    },
  ],
  examples: ['guanyi verify request.json', 'guanyi verify --demo 核验户籍地址'],
})
