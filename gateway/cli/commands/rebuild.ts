import { rebuildDossiers } from '../../jobs/rebuild-dossiers.ts'
import { requireCatalog } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { databaseUrl } from '../settings.ts'

export const rebuildDossiersCommand: Command = {
  name: 'rebuild dossiers',
  zh: '由已上报的事件重建时间线、证照清单和办件',
  en: 'make timelines, certificates and cases anew from the reported events',
  notes: [
    {
      zh: '以 DATABASE_URL 登录。在一个事务内完成：读者看到的要么是旧的，要么是新的。事件和日志不受影响。',
      en: 'Logs in by DATABASE_URL. One transaction: readers see the old or the new. Events and log are not touched.',
    },
  ],
  async run(_input, { io }) {
    const outcome = await rebuildDossiers(databaseUrl(io.env), await requireCatalog(io))
    return {
      json: outcome,
      text({ say, green, yellow }) {
        const { events, lines, certificates, cases, before, after } = outcome
        const made = say({
          zh: `✓ 由 ${events} 个事件重建：时间线 ${lines} 行，证照 ${certificates} 份，办件 ${cases} 件`,
          en: `✓ made from ${events} events: ${lines} lines, ${certificates} certificates, ${cases} cases`,
        })
        const compared =
          before === after
            ? say({ zh: `与重建前一致（${after}）`, en: `the same as before (${after})` })
            : yellow(
                say({
                  zh: `与重建前不同：${before} → ${after}；原有缺漏，或目录已变更`,
                  en: `not the same as before: ${before} → ${after}; something was missing, or the catalogue has changed`,
                }),
              )
        return `${green(made)}\n${compared}`
      },
    }
  },
}
