import { statusCommand } from '../grants/status-command.ts'

export const grantRevoke = statusCommand(
  { name: 'grant revoke', to: 'revoked', from: ['draft', 'active', 'suspended'] },
  { zh: '撤销授权，不可恢复', en: 'revoke a grant, for good' },
)
