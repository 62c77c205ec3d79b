import type { CryptoProvider } from '../../ports/crypto.ts'
import { readEntry } from '../entry-view.ts'
import { FILE } from '../names.ts'
import type { Check } from '../types.ts'
import type { PackageFiles } from '../zip.ts'
import { authorisationChecks } from './authorisation.ts'
import { evidenceChecks } from './evidence.ts'
import { proofCheck } from './log-proof.ts'
import { recordChecks } from './record.ts'
import { requestChecks } from './request.ts'

/**
 * Everything that can be checked of a package, from its files alone: the same when it is made and years later, with no
 * network and no database.
 *
 * Errors: throws when the entry is absent or no JSON; every other fault is a finding.
 */
export async function runChecks(files: PackageFiles, crypto: CryptoProvider): Promise<Check[]> {
  const bytes = files.get(FILE.entry)
  if (bytes === undefined) throw new Error(`the package has no ${FILE.entry}`)
  const material = { files, crypto, entry: readEntry(bytes) }
  return [
    ...recordChecks(material),
    ...(await evidenceChecks(material)),
    ...(await requestChecks(material)),
    ...authorisationChecks(material),
    await proofCheck(material),
  ]
}
