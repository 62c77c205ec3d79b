/** What one run of a task did, in numbers: for the log line, never a name or an identifier. */
export type Counts = Record<string, number>

/** A piece of recurring work. Safe to run twice, at once or after half a run. */
export interface Task {
  /** Lower case with hyphens; names the schedule too. */
  name: string
  everyMs: number
  /** Once a China day at `HH:MM` instead. */
  dailyAt?: string
  run(): Promise<Counts>
}
