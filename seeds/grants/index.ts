import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Catalog } from '../../gateway/catalog/types.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { grantsOfForms } from './of-forms.ts'

const DAY_MS = 86_400_000

/** A moment, written out or as days before (negative) or after the day of seeding. */
type Term = { from: string; until: string } | { fromDays: number; untilDays: number }
type SeedApproval = Omit<Grant['approvals'][number], 'at'> & ({ at: string } | { atDays: number })

/** A grant as its file has it: `Grant`, with times that may be relative to now. */
export type SeedGrant = Omit<Grant, 'term' | 'approvals'> & { term: Term; approvals: SeedApproval[] }

/** All grants of the demonstration: the written ones, and one per complete form of the catalogue. */
export function allSeedGrants(catalog: Catalog, nowMs: number): Grant[] {
  return inOrder([...loadSeedGrants(nowMs), ...loadFormGrants(catalog, nowMs)])
}

/** See `grantsOfForms`. */
export const loadFormGrants = (catalog: Catalog, nowMs: number): Grant[] =>
  inOrder(grantsOfForms(catalog).map((grant) => atDay(grant, Math.floor(nowMs / DAY_MS))))

/**
 * The demonstration's written grants, in the order of their ids.
 *
 * Times relative to now count from the start of now's day (UTC), so that all calls of one day give the same grants.
 * Errors: throws when two files hold the same id.
 */
export function loadSeedGrants(nowMs: number): Grant[] {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const written = files.flatMap((name) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as SeedGrant[])
  return inOrder(written.map((grant) => atDay(grant, Math.floor(nowMs / DAY_MS))))
}

function inOrder(grants: Grant[]): Grant[] {
  const ids = new Set(grants.map(({ id }) => id))
  if (ids.size < grants.length) throw new Error('two seed grants have the same id')
  return grants.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function atDay({ term, approvals, ...rest }: SeedGrant, today: number): Grant {
  const moment = (days: number) => new Date((today + days) * DAY_MS).toISOString()
  return {
    ...rest,
    term: 'from' in term ? term : { from: moment(term.fromDays), until: moment(term.untilDays) },
    approvals: approvals.map((approval) => ({
      role: approval.role,
      by: approval.by,
      at: 'at' in approval ? approval.at : moment(approval.atDays),
    })),
  }
}
