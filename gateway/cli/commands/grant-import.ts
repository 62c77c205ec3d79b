import type { Grant } from '../../../policies/engine/types.ts'
import { requireCatalog } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT } from '../exit.ts'
import { readJsonArgument } from '../files.ts'
import { faultLine, formFaults, referenceFaults } from '../grants/grant-faults.ts'
import { withGrants } from '../grants/store.ts'

export const grantImport: Command = {
  name: 'grant import',
  zh: '导入授权草稿（JSON），全部合格才写入',
  en: 'import drafts of grants',
  positionals: ['<文件 file|->'],
  options: { by: { value: '人员 who', required: true, zh: '经手人，记入变更历史', en: 'who; kept in the history' } },
  notes: [
    {
      zh: '导入的都是草稿，文件中的 status 不起作用；生效另用 grant activate。已存在且不是草稿的授权不会被覆盖。',
      en: 'Everything arrives as a draft, whatever status the file says; `grant activate` puts it into force. A grant that is no draft any more is never overwritten.',
    },
  ],
  async run(input, { io }) {
    const content = await readJsonArgument(input.positionals[0]!, io)
    const list: unknown[] = Array.isArray(content) ? content : [content]
    const catalog = await requireCatalog(io)
    const faults = list.flatMap((entry, place) => {
      const where = Array.isArray(content) ? `/${place}` : ''
      const form = formFaults(entry)
      return (form.length > 0 ? form : referenceFaults(entry as Grant, catalog)).map((fault) => faultLine(where, fault))
    })
    const drafts = list.map((entry) => ({ ...(entry as Grant), status: 'draft' as const }))
    if (faults.length === 0 && new Set(drafts.map(({ id }) => id)).size < drafts.length)
      faults.push('两项授权编号相同 / two grants bear the same id')
    if (faults.length > 0)
      throw new CliError(
        EXIT.refused,
        { zh: '授权文件有误，未导入', en: 'faulty grants; nothing was imported' },
        faults,
      )

    await withGrants(io, async (store) => {
      const present = await Promise.all(drafts.map(({ id }) => store.get(id)))
      const fixed = present.flatMap((grant) =>
        grant === undefined || grant.status === 'draft' ? [] : [`${grant.id}: ${grant.status}`],
      )
      if (fixed.length > 0) {
        const text = { zh: '以下授权已不是草稿，未导入任何一项', en: 'these are drafts no more; nothing was imported' }
        throw new CliError(EXIT.refused, text, fixed)
      }
      await store.putAll(drafts, input.text('by')!)
    })
    return {
      json: { imported: drafts.map(({ id }) => id) },
      text: ({ say, green }) =>
        green(say({ zh: `✓ 已导入 ${drafts.length} 项草稿`, en: `✓ ${drafts.length} draft(s) imported` })),
    }
  },
}
