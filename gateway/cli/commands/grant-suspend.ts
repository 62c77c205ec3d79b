import { statusCommand } from '../grants/status-command.ts'

export const grantSuspend = statusCommand(
  { name: 'grant suspend', to: 'suspended', from: ['active'] },
  { zh: '暂停授权，可再生效', en: 'suspend a grant for now' },
)
