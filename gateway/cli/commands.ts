import type { Command } from './command.ts'
import { batchList, batchNotices, batchStuck } from './commands/batch.ts'
import { batchRun } from './commands/batch-run.ts'
import { catalogCheck } from './commands/catalog-check.ts'
import { catalogShow } from './commands/catalog-show.ts'
import { demo } from './commands/demo.ts'
import { dialectAdmit, dialectList, dialectRevoke } from './commands/dialect.ts'
import { doctor } from './commands/doctor.ts'
import { dossierLookup } from './commands/dossier.ts'
import { evidenceDisclose } from './commands/evidence-disclose.ts'
import { evidencePackageVerify } from './commands/evidence-package.ts'
import { evidenceVerify } from './commands/evidence-verify.ts'
import { findingsClose, findingsList, findingsShow } from './commands/findings.ts'
import { grantActivate } from './commands/grant-activate.ts'
import { grantExport } from './commands/grant-export.ts'
import { grantImport } from './commands/grant-import.ts'
import { grantList } from './commands/grant-list.ts'
import { grantRevoke } from './commands/grant-revoke.ts'
import { grantShow } from './commands/grant-show.ts'
import { grantSuspend } from './commands/grant-suspend.ts'
import { keysInit } from './commands/keys-init.ts'
import { keysList } from './commands/keys-list.ts'
import { keysPrepare } from './commands/keys-prepare.ts'
import { keysRotate } from './commands/keys-rotate.ts'
import { keysSystem } from './commands/keys-system.ts'
import { logCheck } from './commands/log-check.ts'
import { logExport } from './commands/log-export.ts'
import { logKeys } from './commands/log-keys.ts'
import { logProve } from './commands/log-prove.ts'
import { logVerify } from './commands/log-verify.ts'
import { material } from './commands/material.ts'
import { migrate } from './commands/migrate.ts'
import { operatorAdd, operatorList, operatorSuspend } from './commands/operator.ts'
import { prefill } from './commands/prefill.ts'
import { query } from './commands/query.ts'
import { rebuildDossiersCommand } from './commands/rebuild.ts'
import { records, recordsShow } from './commands/records.ts'
import { retentionErase, retentionPurge, retentionShow } from './commands/retention.ts'
import { serve } from './commands/serve.ts'
import { statsPrefill } from './commands/stats-prefill.ts'
import { taskAnswer, taskList, taskRefuse, taskShow } from './commands/task.ts'
import { types } from './commands/types.ts'
import { verify } from './commands/verify.ts'
import { work } from './commands/work.ts'
import { workBatches } from './commands/work-batches.ts'

/** Every command, in the order the help lists them. */
export const COMMANDS: readonly Command[] = [
  serve,
  work,
  workBatches,
  migrate,
  doctor,
  demo,
  query,
  verify,
  prefill,
  material,
  evidenceVerify,
  evidenceDisclose,
  evidencePackageVerify,
  logVerify,
  logProve,
  logCheck,
  logExport,
  logKeys,
  records,
  recordsShow,
  findingsList,
  findingsShow,
  findingsClose,
  statsPrefill,
  taskList,
  taskShow,
  taskAnswer,
  taskRefuse,
  catalogCheck,
  catalogShow,
  types,
  grantList,
  grantShow,
  grantActivate,
  grantSuspend,
  grantRevoke,
  grantImport,
  grantExport,
  dialectList,
  dialectAdmit,
  dialectRevoke,
  keysInit,
  keysList,
  keysPrepare,
  keysRotate,
  keysSystem,
  operatorAdd,
  operatorList,
  operatorSuspend,
  retentionShow,
  retentionPurge,
  retentionErase,
  dossierLookup,
  rebuildDossiersCommand,
  batchRun,
  batchList,
  batchStuck,
  batchNotices,
]
