import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`. For an ordinary user it runs as that user (`undefined`). */
export function unprivilegedOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name === 'nobody') return { uid: Number(uid), gid: Number(gid) }
  }
  return { uid: 65534, gid: 65534 }
}

/** Tells whether any user may reach (not list) the place: every directory above it lets others through. */
export function isReachable(path: string): boolean {
  for (let place = resolve(path); ; place = dirname(place)) {
    try {
      if ((statSync(place).mode & 0o001) === 0) return false
    } catch {
      return false
    }
    if (place === dirname(place)) return true
  }
}

/**
 * Makes a new directory that other users may pass through but neither list nor change (0711).
 *
 * The name is random: a fixed one in a directory open to all could be laid out beforehand by someone else. `/var/tmp` comes first
 * because it outlives a reboot, which is what makes the second run of the demonstration quick.
 */
export function reachableDir(): string {
  for (const base of ['/var/tmp', tmpdir(), '/tmp']) {
    try {
      accessSync(base, constants.W_OK)
      if (!isReachable(base)) continue
      const made = mkdtempSync(join(base, 'guanyi-'))
      chmodSync(made, 0o711)
      return made
    } catch {}
  }
  throw new Error('没有各用户均可进入的临时目录 / no temporary directory that every user may pass through')
}

/** Gives a path to its future owner; nothing to do when we run as an ordinary user. */
export function handOver(path: string, owner: Owner | undefined): void {
  if (owner) chownSync(path, owner.uid, owner.gid)
}
