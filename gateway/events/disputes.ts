import type { NoticeStore } from './notices.ts'

/** Open corrections as every exchange may ask for them: from memory, at no cost to the exchange. */
export interface Disputes {
  /** Number of the open correction of this dataset and subject. */
  numberOf(dataset: string, subjectDigest: string): string | undefined
  /** True while there is none at all, so that digests need not be made. */
  isEmpty(): boolean
  /** Reads the open corrections now. */
  refresh(): Promise<void>
  close(): void
}

/** How long a new correction may go unmarked. */
const EVERY_MS = 2_000

/** Keeps the open corrections in memory: a city has tens of them at a time. A failed look leaves the last one in force. */
export function createDisputes(notices: Pick<NoticeStore, 'openCorrections'>, everyMs = EVERY_MS): Disputes {
  let open: ReadonlyMap<string, string> = new Map()
  const key = (dataset: string, subjectDigest: string): string => `${dataset} ${subjectDigest}`
  const refresh = async (): Promise<void> => {
    const found = await notices.openCorrections()
    open = new Map(found.map(({ number, dataset, subjectDigest }) => [key(dataset, subjectDigest), number]))
  }
  const timer = setInterval(() => void refresh().catch(() => undefined), everyMs)
  timer.unref()
  void refresh().catch(() => undefined)
  return {
    numberOf: (dataset, subjectDigest) => open.get(key(dataset, subjectDigest)),
    isEmpty: () => open.size === 0,
    refresh,
    close: () => clearInterval(timer),
  }
}
