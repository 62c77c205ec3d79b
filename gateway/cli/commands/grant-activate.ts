import { statusCommand } from '../grants/status-command.ts'

export const grantActivate = statusCommand(
  { name: 'grant activate', to: 'active', from: ['draft', 'suspended'] },
  {
    zh: '使授权生效（先核对审批、依据、期限与目录）',
    en: 'put a grant into force',
  },
)
