/**
 * A published log, wherever it lies: behind HTTP, in a directory of files, in the database.
 *
 * Shape:  `path` is relative to the log: `checkpoint`, `sm3-head`, `lowest-kept`, `tile/…` (see `tile-path.ts`).
 *         `undefined` where the log does not have it.
 * Errors: whatever kept the reader from finding out.
 */
export interface LogReader {
  get(path: string): Promise<Buffer | undefined>
}
