import type { Command } from '../command.ts'
import { configError, EXIT } from '../exit.ts'
import { ownerUrl } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'

export const work: Command = {
  name: 'work',
  zh: '启动维护作业：预建分区、到期授权、清理旧请求标识、统计留痕与查找异常',
  en: 'run the upkeep jobs',
  ownsSignals: true,
  notes: [
    {
      zh: '需要 DATABASE_OWNER_URL（表的属主）与 REDIS_URL（noeviction）。可同时运行多个。',
      en: 'Needs DATABASE_OWNER_URL (owner of the tables) and REDIS_URL (noeviction). Any number may run.',
    },
    {
      zh: '异常的阈值可用 GUANYI_AUDIT_THRESHOLDS_FILE（JSON）改写，默认值见 gateway/audit/thresholds.ts。',
      en: 'Thresholds of findings can be overridden by GUANYI_AUDIT_THRESHOLDS_FILE (JSON); defaults are in gateway/audit/thresholds.ts.',
    },
  ],
  async run(_input, { io, note }) {
    const redisUrl = io.env.REDIS_URL
    if (!redisUrl) throw configError('缺少环境变量 REDIS_URL', 'environment variable REDIS_URL is missing')
    const stop = stopSignal(io) // before anything is started: a signal during the start counts
    const { startWorker } = await import('../../jobs/start-worker.ts')
    const worker = await startWorker({
      redisUrl,
      ownerUrl: ownerUrl(io.env),
      thresholdsFile: io.env.GUANYI_AUDIT_THRESHOLDS_FILE || null,
      now: io.now,
      log: (line) => note({ zh: line, en: line }),
    })
    note({ zh: '维护作业已启动', en: 'maintenance jobs are running' })
    await stop
    note({ zh: '正在停止', en: 'stopping' })
    await worker.close()
    return EXIT.done
  },
}
