import { connectorSchemas } from '../../../connectors/index.ts'
import { examineCatalog } from '../../catalog/check.ts'
import { catalogDir } from '../settings.ts'
import { type Check, findings } from './finding.ts'

const subject = { check: 'catalog', name: { zh: '目录', en: 'catalogue' } }

export const catalogCheck: Check = {
  ...subject,
  async run({ env }) {
    const { ok, fail } = findings(subject)
    const dir = catalogDir(env)
    const { entries, faults } = await examineCatalog(dir, { connectorSchemas })
    if (faults.length === 0) return [ok(`${dir} (${entries.length})`)]
    const [first] = faults
    return [
      fail(`${faults.length} × , ${first!.file}#${first!.pointer}`, {
        zh: '运行 guanyi catalog check 查看全部错误',
        en: 'run `guanyi catalog check` for all faults',
      }),
    ]
  },
}
