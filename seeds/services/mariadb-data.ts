import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { type MariadbPrograms, systemTables } from './mariadb-programs.ts'
import { type ServiceState, writeState } from './state-file.ts'
import { handOver, isReachable, type Owner, reachableDir } from './unprivileged.ts'

export interface MariadbDataRequest {
  readonly programs: MariadbPrograms
  readonly owner: Owner | undefined
  readonly stateDir: string
  readonly stateFile: string
  /** What an earlier start left, if anything. */
  readonly remembered: ServiceState | undefined
  readonly log: (line: string) => void
}

export const dataFolder = (state: ServiceState): string => join(state.dataDir, 'data')
export const initFile = (state: ServiceState): string => join(state.dataDir, 'init.sql')

/** Gives the state of a data directory that is ready to be started, making one where there is none. */
export async function readyMariadbData(request: MariadbDataRequest): Promise<ServiceState> {
  const { owner, remembered, stateDir } = request
  if (remembered && existsSync(dataFolder(remembered))) return remembered

  request.log('正在初始化 MariaDB 数据目录 / initialising the MariaDB data directory')
  const near = !owner || isReachable(stateDir)
  const kept = remembered && existsSync(remembered.dataDir) ? remembered.dataDir : undefined
  const dataDir = kept ?? (near ? join(stateDir, 'mariadb') : reachableDir())
  const password = randomBytes(24).toString('base64url')
  const state = { dataDir, port: remembered?.port ?? (await freePort()), password }
  writeState(request.stateFile, state) // before anything is put there: a place we forget is never cleaned up

  // Made beside its place and moved there whole, so that an initialisation cut short is never taken for data.
  const draft = `${dataFolder(state)}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  if (owner) chmodSync(dataDir, 0o711)
  handOver(draft, owner)
  await bootstrap(request, draft)
  // Read at each start with full rights. The password goes in a file: arguments are visible to all.
  const user = `'owner'@'%'`
  const statements = [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${password}'`,
    `GRANT ALL ON *.* TO ${user} WITH GRANT OPTION`,
  ]
  writeFileSync(initFile(state), statements.map((one) => `${one};\n`).join(''), { mode: 0o600 })
  handOver(initFile(state), owner)
  renameSync(draft, dataFolder(state))
  return state
}

/** Options every run of the program needs: where its files are, and that no configuration of the system counts. */
export function commonArguments({ share }: MariadbPrograms, folder: string): string[] {
  return [
    '--no-defaults',
    `--datadir=${folder}`,
    `--lc-messages-dir=${join(share, 'english')}`,
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_bin',
    '--innodb-log-file-size=16M',
    '--innodb-buffer-pool-size=32M',
  ]
}

/** Runs the server on a script instead of a socket, as its own installer does: one statement must begin a line. */
function bootstrap({ programs, owner }: MariadbDataRequest, folder: string): Promise<void> {
  const tables = systemTables(programs.share)
  const script = [
    'create database mysql;\nuse mysql;\n',
    ...[tables, tables.replace('_system_', '_performance_'), tables.replace('_tables.sql', '_tables_data.sql')]
      .filter(existsSync)
      .map((file) => readFileSync(file, 'utf8')),
  ].join('\n')
  return new Promise((resolve, reject) => {
    const child = spawn(programs.server, [...commonArguments(programs, folder), '--bootstrap'], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, ...programs.env },
      ...owner,
    })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000)
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) return resolve()
      const lines = complaint.split('\n').filter((line) => /ERROR/.test(line))
      reject(new Error(`MariaDB 初始化失败 / initialisation failed: ${lines.slice(-2).join(' | ')}`))
    })
    child.stdin.on('error', () => {}) // the exit code tells
    child.stdin.end(script)
  })
}
