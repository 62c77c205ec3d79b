import type { Command } from '../command.ts'
import { asConfigError, EXIT } from '../exit.ts'

export const serve: Command = {
  name: 'serve',
  zh: '启动网关，直到收到停止信号',
  en: 'run the gateway until told to stop',
  ownsSignals: true,
  notes: [
    {
      zh: '配置取自环境变量（GUANYI_*、DATABASE_URL、REDIS_URL …）；缺少或不安全时列出全部问题，退出码 3。SIGTERM 或 Ctrl-C 有序停止：已受理的交换先答复、留痕。',
      en: 'Configuration comes from the environment (GUANYI_*, DATABASE_URL, REDIS_URL …); every fault is listed, exit code 3. SIGTERM or Ctrl-C stops in order: accepted exchanges are answered and recorded first.',
    },
  ],
  async run(_input, { io }) {
    // Loaded here, not above: the other commands should start without the policy engine and the servers.
    const { serve: run } = await import('../../main.ts')
    await run({ ...io.env }).catch(asConfigError)
    return EXIT.done
  },
}
