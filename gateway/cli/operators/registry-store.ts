import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { lockedWhile, writeKeyFile } from '../../adapters/files/key-files.ts'
import { type OperatorEntry, OperatorRegistryError, parseOperatorRegistry } from '../../operators/registry-file.ts'
import { configError } from '../exit.ts'
import { stateDir } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

export const REGISTRY_OPTION = {
  registry: {
    value: '文件 file',
    zh: '操作员名册，默认 GUANYI_OPERATORS_FILE 或 .guanyi/operators.json',
    en: 'operator registry, default GUANYI_OPERATORS_FILE or .guanyi/operators.json',
  },
} as const

export const registryPath = (env: CliIo['env'], given?: string): string =>
  resolve(given ?? (env.GUANYI_OPERATORS_FILE || join(stateDir(env), 'operators.json')))

/** The registry's entries; none where there is no file. Errors: `CliError` (configuration) with every fault. */
export async function readRegistry(path: string): Promise<OperatorEntry[]> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '{"operators":[]}'
    throw configError(`读不到 ${path}（${thrown.code}）`, `cannot read ${path} (${thrown.code})`)
  })
  checked(text)
  return (JSON.parse(text) as { operators: OperatorEntry[] }).operators
}

/**
 * Changes the registry: read, changed, checked, written whole. A registry that would be refused is not written, so that
 * the running gateway never meets one.
 */
export async function changeRegistry(
  path: string,
  change: (operators: readonly OperatorEntry[]) => OperatorEntry[] | Promise<OperatorEntry[]>,
): Promise<OperatorEntry[]> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return await lockedWhile(path, async () => {
    const operators = await change(await readRegistry(path))
    checked(JSON.stringify({ operators }))
    await writeKeyFile(path, { operators })
    return operators
  })
}

function checked(text: string): void {
  try {
    parseOperatorRegistry(text)
  } catch (thrown) {
    if (thrown instanceof OperatorRegistryError)
      throw configError('操作员名册有误', 'the operator registry is faulty', thrown.faults)
    throw thrown
  }
}
