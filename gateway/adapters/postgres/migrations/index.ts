import type { Migration } from 'kysely'
import * as grants from './001-grants.ts'
import * as log from './002-log.ts'
import * as upkeep from './003-upkeep.ts'
import * as append from './004-append.ts'
import * as logTree from './010-log-tree.ts'
import * as auditSearch from './020-audit-search.ts'
import * as auditDays from './021-audit-days.ts'
import * as findings from './022-findings.ts'
import * as events from './030-events.ts'
import * as dossiers from './031-dossiers.ts'
import * as notices from './032-notices.ts'
import * as lifts from './033-suppression-lifts.ts'
import * as retention from './040-retention.ts'
import * as grantDocuments from './041-grant-documents.ts'
import * as publishedVersions from './042-published-versions.ts'
import * as erasure from './043-erasure.ts'
import * as sharedSecrets from './050-shared-secrets.ts'
import * as prefills from './055-prefills.ts'
import * as batches from './060-batches.ts'
import * as prefillMonths from './070-prefill-months.ts'
import * as qualityMonths from './071-quality-months.ts'
import * as declarations from './075-declarations.ts'
import * as clerkTasks from './076-clerk-tasks.ts'
import * as peopleRetention from './077-people-retention.ts'
import * as materialCodes from './080-material-codes.ts'
import * as batchLines from './085-batch-lines.ts'
import * as dialectProfiles from './090-dialect-profiles.ts'
import * as authorisationScopes from './095-authorisation-scopes.ts'
import * as heldRows from './096-held-rows.ts'
import * as batchDigests from './100-batch-digests.ts'
import * as oneUpload from './101-one-upload.ts'
import * as declarationEnds from './104-declaration-ends.ts'

/** Every step of the schema, in the order of their names. A published step is never edited; a change is a new step. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-grants': grants,
  '002-log': log,
  '003-upkeep': upkeep,
  '004-append': append,
  '010-log-tree': logTree,
  '020-audit-search': auditSearch,
  '021-audit-days': auditDays,
  '022-findings': findings,
  '030-events': events,
  '031-dossiers': dossiers,
  '032-notices': notices,
  '033-suppression-lifts': lifts,
  '040-retention': retention,
  '041-grant-documents': grantDocuments,
  '042-published-versions': publishedVersions,
  '043-erasure': erasure,
  '050-shared-secrets': sharedSecrets,
  '055-prefills': prefills,
  '060-batches': batches,
  '070-prefill-months': prefillMonths,
  '071-quality-months': qualityMonths,
  '075-declarations': declarations,
  '076-clerk-tasks': clerkTasks,
  '077-people-retention': peopleRetention,
  '080-material-codes': materialCodes,
  '085-batch-lines': batchLines,
  '090-dialect-profiles': dialectProfiles,
  '095-authorisation-scopes': authorisationScopes,
  '096-held-rows': heldRows,
  '100-batch-digests': batchDigests,
  '101-one-upload': oneUpload,
  '104-declaration-ends': declarationEnds,
}

/** The last step of this checkout; whether a database has them all is `standingOf`'s to say. */
export const EXPECTED_SCHEMA = Object.keys(MIGRATIONS).sort().at(-1) as string
