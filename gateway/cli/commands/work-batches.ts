import type { Command } from '../command.ts'
import { asConfigError, EXIT } from '../exit.ts'

export const workBatches: Command = {
  name: 'work batches',
  zh: '专门执行批次的进程：逐行查询、留痕、发送办结通知、到期销毁',
  en: 'a process that only runs batches, line by line',
  ownsSignals: true,
  notes: [
    {
      zh: '配置与 serve 相同，不监听端口；以较低的处理器优先级运行，给单笔查询让路。可同时运行多个；网关侧设 GUANYI_BATCHES=intake，则只受理、不执行。',
      en: 'Configured like `serve`, listens nowhere, runs at a lower processor priority so that single exchanges go first. Any number may run; gateways with GUANYI_BATCHES=intake take batches in and leave running them to these.',
    },
  ],
  async run(_input, { io }) {
    // Loaded here, not above: the other commands should start without the policy engine and the servers.
    const { workBatches: run } = await import('../../main.ts')
    await run({ ...io.env }).catch(asConfigError)
    return EXIT.done
  },
}
