import type { WorkerOptions } from '../../jobs/start-worker.ts'
import type { Command } from '../command.ts'
import { configError, EXIT } from '../exit.ts'
import { withRecords } from '../operators/with-records.ts'
import { withStore } from '../retention/open.ts'
import { ownerUrl } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'

export const work: Command = {
  name: 'work',
  zh: '启动维护作业：预建分区、到期授权、清理旧请求标识、统计留痕与查找异常、每夜清理到期数据',
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
    {
      zh: '到期数据每日 03:30（北京时间）清理一次，须有网关的环境（GUANYI_GATEWAY_ID、GUANYI_KEYS_DIR、DATABASE_URL）；没有时其余作业照常。',
      en: 'What is past its period is purged at 03:30 China time; that takes the gateway’s own environment (GUANYI_GATEWAY_ID, GUANYI_KEYS_DIR, DATABASE_URL); without it the other jobs run all the same.',
    },
  ],
  async run(_input, { io, note }) {
    const redisUrl = io.env.REDIS_URL
    if (!redisUrl) throw configError('缺少环境变量 REDIS_URL', 'environment variable REDIS_URL is missing')
    const stop = stopSignal(io) // before anything is started: a signal during the start counts
    const { startWorker } = await import('../../jobs/start-worker.ts')
    async function working(retention: WorkerOptions['retention']): Promise<void> {
      const worker = await startWorker({
        redisUrl: redisUrl!,
        ownerUrl: ownerUrl(io.env),
        retention: retention ?? null,
        thresholdsFile: io.env.GUANYI_AUDIT_THRESHOLDS_FILE || null,
        now: io.now,
        log: (line) => note({ zh: line, en: line }),
      })
      note({ zh: '维护作业已启动', en: 'maintenance jobs are running' })
      await stop
      note({ zh: '正在停止', en: 'stopping' })
      await worker.close()
    }
    if (io.env.GUANYI_GATEWAY_ID) {
      await withRecords(io, ({ gatewayId, catalog, records }) => {
        const authority = [...catalog.members.values()].find(({ roles }) => roles.includes('authority'))
        return withStore(io, (store) => working({ store, records, member: authority?.id ?? gatewayId }))
      })
    } else {
      note({ zh: '没有 GUANYI_GATEWAY_ID，本进程不清理到期数据', en: 'without GUANYI_GATEWAY_ID nothing is purged' })
      await working(null)
    }
    return EXIT.done
  },
}
