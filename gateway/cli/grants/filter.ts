import type { Grant } from '../../../policies/engine/types.ts'
import type { GrantStore } from '../../ports/grant-store.ts'
import type { Input, OptionSpec } from '../command.ts'
import { STATUSES } from './names.ts'

export const FILTER_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  scenario: { value: 'id', zh: '只看某一应用场景', en: 'of one scenario' },
  consumer: { value: 'id', zh: '只看某一部门或系统', en: 'of one member or system' },
  status: { value: STATUSES.join('|'), choices: STATUSES, zh: '只看某一状态', en: 'of one status' },
}

/** The grants the options choose; `status` undefined = of any. */
export function listGrants(grants: GrantStore, input: Input, status: string | undefined): Promise<Grant[]> {
  const [scenario, consumer] = [input.text('scenario'), input.text('consumer')]
  return grants.list({
    ...(scenario !== undefined && { scenario }),
    ...(consumer !== undefined && { consumer }),
    ...(status !== undefined && { status }),
  })
}
