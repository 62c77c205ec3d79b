import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Apt, freshApt, systemApt } from './apt.ts'
import { runProgram } from './programs.ts'
import { privateDir } from './state-file.ts'

export interface Unpacking {
  /** Where drafts are made; only we may look into it. */
  readonly cacheDir: string
  /** Sets of packages that each would do, best first: a set is taken when its first package exists. */
  readonly choices: readonly (readonly string[])[]
  /** Becomes the root of the unpacked tree, whole or not at all; must lie on the file system of `cacheDir` or of its parent. */
  readonly root: string
  readonly log: (line: string) => void
}

/**
 * Fetches the distribution's own packages, checked by apt against its keys, and unpacks them without installing: no file of the
 * system changes, and no root is needed.
 *
 * Errors: when no choice exists or the fetch fails.
 */
export async function unpackPackages({ cacheDir, choices, root, log }: Unpacking): Promise<void> {
  const draft = mkdtempSync(join(privateDir(cacheDir), 'packages-draft-'))
  try {
    const tree = join(draft, 'tree')
    mkdirSync(tree)
    // The system's lists may be absent (a bare image) or name packages the mirror has since replaced: then lists of our own.
    const got = await fetchInto(systemApt(draft), choices, draft).catch(() => false)
    if (!got) {
      log('正在更新软件包清单 / fetching the package lists')
      if (!(await fetchInto(await freshApt(draft), choices, draft)))
        throw new Error(`no package \`${choices.map(([name]) => name).join('` or `')}\``)
    }
    for (const name of readdirSync(draft).filter((file) => file.endsWith('.deb'))) {
      await runProgram('dpkg', ['-x', join(draft, name), tree])
    }
    rmSync(root, { recursive: true, force: true }) // an unpacking that cannot run (anymore) is replaced whole
    renameSync(tree, root)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** The folders below that hold shared libraries, for `LD_LIBRARY_PATH`. */
export function libraryFolders(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return [...new Set(entries.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath))]
}

async function fetchInto(apt: Apt, choices: Unpacking['choices'], folder: string): Promise<boolean> {
  for (const names of choices) {
    const [first] = names
    if (first === undefined || !(await apt.has(first))) continue
    await apt.download(names, folder)
    return true
  }
  return false
}
