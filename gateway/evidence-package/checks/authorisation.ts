import type { Grant } from '../../../policies/engine/types.ts'
import { type EntryView, fieldNames } from '../entry-view.ts'
import { FILE, grantFile } from '../names.ts'
import { versionOfText } from '../published-versions.ts'
import type { Check } from '../types.ts'
import { failed, jsonOf, type Material, notApplicable, notPossible, passed } from './check.ts'

type Finding = Pick<Check, 'result' | 'detail'>

/** The grants cover what was released, and the texts of policies and catalogue are those of the versions named. */
export function authorisationChecks({ files, entry }: Material): Check[] {
  return [
    { id: 'grants', zh: '授权涵盖本次交换', en: 'the grants cover this exchange', ...grantsCover(files, entry) },
    {
      id: 'policy-version',
      zh: '策略文本即当时版本',
      en: 'the policies are those of the version named',
      ...sameVersion(files.get(FILE.policies), entry.policyVersion),
    },
    {
      id: 'catalog-version',
      zh: '目录文本即当时版本',
      en: 'the catalogue is that of the version named',
      ...sameVersion(files.get(FILE.catalogue), entry.catalogVersion),
    },
  ]
}

function sameVersion(content: Buffer | undefined, version: string): Finding {
  if (content === undefined) return notPossible('该版本的文本未保存', 'the text of this version was not kept')
  return versionOfText(content.toString('utf8')) === version
    ? passed(`SHA-256 ${version}`, `SHA-256 ${version}`)
    : failed('文本的摘要与版本号不符', 'the text does not digest to the version')
}

function grantsCover(files: Material['files'], entry: EntryView): Finding {
  const ids = entry.grants ?? []
  if (ids.length === 0) return notApplicable('本次未依授权放行数据', 'nothing was released under a grant')
  const stored = ids.map((id) => jsonOf<{ document: Grant }>(files, grantFile(id))?.document)
  const missing = ids.filter((_, place) => stored[place] === undefined)
  if (missing.length > 0) return notPossible(`未保存：${missing.join('、')}`, `not kept: ${missing.join(', ')}`)
  const grants = stored as Grant[]
  const faults = grants.flatMap((grant) => faultsOf(grant, entry).map((fault) => `${grant.id}: ${fault}`))
  const covered = new Set(grants.flatMap(({ fields }) => fields))
  // A prefill leaves ungranted fields to the applicant: what was released counts, not what was asked for.
  const given = entry.mode === 'prefill' ? entry.released : entry.fields
  const beyond = fieldNames(given).filter((field) => !covered.has(field))
  if (beyond.length > 0) faults.push(`fields ${beyond.join(' ')}`)
  return faults.length === 0
    ? passed(
        `${ids.join('、')} 当时有效，场景、对象、方式、用途、事项、期限与全部信息项均在授权之内`,
        `${ids.join(', ')} was in force; scenario, consumer, mode, purpose, item, term and every field lie within`,
      )
    : failed(`不在授权之内：${faults.join('；')}`, `not within the grants: ${faults.join('; ')}`)
}

function faultsOf(grant: Grant, entry: EntryView): string[] {
  const consumers = [entry.system, entry.member, entry.onBehalfOf]
  const at = Date.parse(entry.at)
  return Object.entries({
    status: grant.status === 'active',
    scenario: grant.scenario === entry.scenario,
    consumer: consumers.includes(grant.consumer.id),
    mode: (grant.modes as string[]).includes(entry.mode),
    purpose: grant.purposes.includes(entry.purpose ?? ''),
    item: grant.items === 'all' || (entry.item !== null && grant.items.includes(entry.item)),
    // A decision taken before midnight may be recorded just after it; the pipeline allows seconds, not days.
    term: Date.parse(grant.term.from) <= at && at - 60_000 < Date.parse(grant.term.until),
  })
    .filter(([, holds]) => !holds)
    .map(([name]) => name)
}
