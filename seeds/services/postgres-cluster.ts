import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import type { PostgresPrograms } from './postgres-programs.ts'
import { runProgram } from './programs.ts'
import { type ServiceState, writeState } from './state-file.ts'
import { handOver, isReachable, type Owner, reachableDir } from './unprivileged.ts'

export interface ClusterRequest {
  readonly programs: PostgresPrograms
  readonly owner: Owner | undefined
  readonly stateDir: string
  readonly stateFile: string
  /** What an earlier start left, if anything. */
  readonly remembered: ServiceState | undefined
  readonly log: (line: string) => void
}

/** Where the cluster of a state lies. A cluster belongs to one major version; another's programs cannot read it. */
export function clusterDir(state: ServiceState, version: string): string {
  return join(state.dataDir, `v${version.split('.')[0]}`)
}

/**
 * Gives the state of a cluster that is ready to be started, making one if the remembered place holds none of this version.
 *
 * A new superuser password goes with a new cluster only; it reaches `initdb` in a file, since arguments are visible to all.
 */
export async function readyCluster(request: ClusterRequest): Promise<ServiceState> {
  const { programs, owner, remembered, stateDir } = request
  if (remembered && existsSync(clusterDir(remembered, programs.version))) return remembered

  request.log('正在初始化 PostgreSQL 数据目录 / initialising the PostgreSQL data directory')
  // The server's user must be able to reach its data, which a checkout below a closed home does not allow.
  const near = !owner || isReachable(stateDir)
  const kept = remembered && existsSync(remembered.dataDir) ? remembered.dataDir : undefined
  const dataDir = kept ?? (near ? join(stateDir, 'postgres') : reachableDir())
  const state = {
    dataDir,
    port: remembered?.port ?? (await freePort()),
    password: randomBytes(24).toString('base64url'),
  }
  writeState(request.stateFile, state) // before anything is put there: a place we forget is never cleaned up

  // Made beside its place and moved there whole, so that an initialisation cut short is never taken for a cluster.
  const draft = `${clusterDir(state, programs.version)}.draft`
  const passwordFile = join(dataDir, 'password')
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  if (owner) chmodSync(dataDir, 0o711)
  writeFileSync(passwordFile, state.password, { mode: 0o600 })
  handOver(draft, owner)
  handOver(passwordFile, owner)
  try {
    const secured = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    await runProgram(programs.initdb, ['-D', draft, ...secured, '-E', 'UTF8', '--locale=C'], { ...owner, cwd: dataDir })
  } finally {
    rmSync(passwordFile)
  }
  renameSync(draft, clusterDir(state, programs.version))
  return state
}
