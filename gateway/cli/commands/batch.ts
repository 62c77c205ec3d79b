import { createPostgresBatchStore } from '../../adapters/postgres/batches/store.ts'
import type { BatchStore } from '../../batches/types.ts'
import { stateOf } from '../../batches/view.ts'
import type { Command } from '../command.ts'
import { table } from '../layout/table.ts'
import { databaseUrl } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

const SHOWN = 200

async function withStore<T>({ env }: CliIo, work: (store: BatchStore) => Promise<T>): Promise<T> {
  const store = createPostgresBatchStore({ url: databaseUrl(env) })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

export const batchList: Command = {
  name: 'batch list',
  zh: '最近的批次：谁的、进度、何时到期；不含任何主体',
  en: 'latest batches: whose, how far, until when; no subject',
  async run(_input, { io }) {
    const batches = await withStore(io, (store) => store.list(SHOWN))
    const rows = batches.map((batch) => ({
      id: batch.id,
      system: batch.system,
      scenario: batch.scenario,
      state: stateOf(batch),
      count: batch.count,
      released: batch.released,
      refused: batch.refused,
      failed: batch.failed,
      expiresAt: batch.state === 'running' ? null : new Date(batch.expiresAtMs).toISOString(),
    }))
    return {
      json: rows,
      text: (terminal) =>
        table(
          ['编号', '系统', '场景', '状态', '行数', '放行', '拒绝', '失败', '到期'],
          rows.map((row) => [
            row.id,
            row.system,
            row.scenario,
            row.state,
            String(row.count),
            String(row.released),
            String(row.refused),
            String(row.failed),
            row.expiresAt ?? '—',
          ]),
          terminal,
        ),
    }
  },
}

export const batchStuck: Command = {
  name: 'batch stuck',
  zh: '多次未能完成任何一行的批次段落：次数与下次重试时间',
  en: 'stretches of lines that could not be finished several times in a row, and when they are tried again',
  async run(_input, { io }) {
    const turns = await withStore(io, (store) => store.stuck(SHOWN))
    const rows = turns.map(({ nextAtMs, ...row }) => ({ ...row, nextAt: new Date(nextAtMs).toISOString() }))
    return {
      json: rows,
      text: (terminal) =>
        table(
          ['批次', '行', '次数', '下次'],
          rows.map((row) => [row.batch, `${row.firstLine}–${row.lastLine}`, String(row.attempts), row.nextAt]),
          terminal,
        ),
    }
  },
}

export const batchNotices: Command = {
  name: 'batch notices',
  zh: '批次办结通知：未能送达的在前（死信），以及待送与已送的',
  en: 'notices of completion: those given up first (dead letters), then due and delivered ones',
  async run(_input, { io }) {
    const deliveries = await withStore(io, (store) => store.deliveries(SHOWN))
    const rows = deliveries.map(({ nextAtMs, ...row }) => ({ ...row, nextAt: new Date(nextAtMs).toISOString() }))
    return {
      json: rows,
      text: (terminal) =>
        table(
          ['批次', '地址', '状态', '次数', '下次', '最近的失败'],
          rows.map((row) => [row.batch, row.url, row.state, String(row.attempts), row.nextAt, row.lastFailure ?? '—']),
          terminal,
        ),
    }
  },
}
