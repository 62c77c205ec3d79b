import { connectorSchemas } from '../../connectors/index.ts'
import { CatalogError } from '../catalog/fault.ts'
import { loadCatalog } from '../catalog/load.ts'
import type { Catalog } from '../catalog/types.ts'
import { configError } from './exit.ts'
import { catalogDir } from './settings.ts'
import type { CliIo } from './terminal.ts'

/** The published directory. Errors: `CatalogError`; `CliError` (configuration) when there is none. */
export async function requireCatalog({ env }: CliIo): Promise<Catalog> {
  const dir = catalogDir(env)
  return await loadCatalog(dir, { connectorSchemas }).catch((thrown: unknown) => {
    if (thrown instanceof CatalogError) throw thrown
    throw configError(
      `读不到目录 ${dir}，可用 GUANYI_CATALOG_DIR 指明`,
      `cannot read the catalogue ${dir}; name it with GUANYI_CATALOG_DIR`,
    )
  })
}

/** The same for commands that only want names from it. */
export const catalogIfAny = (io: CliIo): Promise<Catalog | undefined> => requireCatalog(io).catch(() => undefined)
