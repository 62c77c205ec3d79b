// What must hold before any of our TypeScript can run. Plain JavaScript and Node's own modules only: it runs before `npm ci`.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** The floor of package.json's `engines`, spelled out because an old Node should get a sentence and not a stack. */
const OLDEST_NODE = [20, 19]

/** Makes the checkout ready to run: a Node that is new enough, and the dependencies the lock file names. */
export async function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    const wanted = OLDEST_NODE.join('.')
    console.error(`需要 Node ${wanted} 或更新版本，当前为 ${process.versions.node} / Node ${wanted} or newer is needed`)
    process.exit(1)
  }
  if (dependenciesMatch()) return
  console.log('正在安装依赖（npm ci） / installing dependencies (npm ci)')
  // Under `npm run` this is the very npm that called us; scripts stay off by .npmrc.
  const npm = process.env.npm_execpath
  const ci = ['ci', '--loglevel=warn'] // said aloud: an outer `npm --silent` would hide why an installation fails
  const code = npm?.endsWith('.js') ? await run(process.execPath, [npm, ...ci]) : await run('npm', ci)
  if (code !== 0) {
    console.error('依赖安装失败 / installing the dependencies failed')
    process.exit(code)
  }
}

/**
 * Compares what npm noted in node_modules with the lock file, package by package. Times would not do: a fresh clone's files are all
 * new, and `npm install` writes the two files in no fixed order.
 */
function dependenciesMatch() {
  const wanted = packagesIn('package-lock.json')
  const present = packagesIn(join('node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue // the project itself
    if (present[path] ? present[path].version !== version : !optional) return false // optional: another platform's package
  }
  return true
}

function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockFile), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** A program that npm put into node_modules/.bin. */
export const bin = (name) => join(ROOT, 'node_modules', '.bin', name)

/** The command that runs a TypeScript file as it stands. */
export const typescript = (file, args = []) => [process.execPath, ['--import', 'tsx', join(ROOT, file), ...args]]

/**
 * Runs a program in the checkout with our own terminal and resolves with its exit code, 128 + n when a signal ended it.
 *
 * Ctrl-C reaches it directly, being in our process group; we only must not end before it. SIGTERM comes to us alone and is passed on.
 */
export function run(file, args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit' })
    const wait = () => {}
    const pass = () => child.kill('SIGTERM')
    process.on('SIGINT', wait)
    process.on('SIGTERM', pass)
    const finish = (code) => {
      process.off('SIGINT', wait)
      process.off('SIGTERM', pass)
      resolve(code)
    }
    child.once('error', (thrown) => {
      console.error(`${file}: ${thrown.message}`)
      finish(127)
    })
    child.once('exit', (code, signal) => finish(code ?? exitCodeOf(signal)))
  })
}

/** The exit code shells give to a death by signal. */
export const exitCodeOf = (signal) => 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0)
