import canonicalize from 'canonicalize'
import type { RecordColumns } from '../../ports/exchange-log.ts'
import { fieldNames } from '../entry-view.ts'
import { FILE } from '../names.ts'
import type { Check } from '../types.ts'
import { failed, jsonOf, type Material, passed } from './check.ts'

/** The entry is in its canonical form, and the searchable columns say what the entry says. */
export function recordChecks({ files, entry }: Material): Check[] {
  const bytes = files.get(FILE.entry)!
  const canonical = canonicalize(JSON.parse(bytes.toString('utf8'))) === bytes.toString('utf8')
  const columns = jsonOf<RecordColumns & { exchangeId: string }>(files, FILE.columns)
  const pairs: [name: string, column: unknown, inEntry: unknown][] = [
    ['exchangeId', columns?.exchangeId, entry.exchangeId],
    ['mode', columns?.mode, entry.mode],
    ['outcome', columns?.outcome, entry.outcome],
    ['code', columns?.code, entry.code],
    ['member', columns?.member, entry.member],
    ['system', columns?.system, entry.system],
    ['onBehalfOf', columns?.onBehalfOf, entry.onBehalfOf],
    ['scenario', columns?.scenario, entry.scenario],
    ['item', columns?.item, entry.item],
    ['case', columns?.caseNo, entry.case],
    ['application', columns?.application, entry.application],
    ['purpose', columns?.purpose, entry.purpose],
    ['grants', columns?.grants.join(' '), (entry.grants ?? []).join(' ')],
    ['fields', columns?.fields.slice().sort().join(' '), fieldNames(entry.fields).sort().join(' ')],
    ['policyVersion', columns?.policyVersion, entry.policyVersion],
    ['catalogVersion', columns?.catalogVersion, entry.catalogVersion],
  ]
  const differing = pairs.filter(([, column, inEntry]) => column !== inEntry).map(([name]) => name)
  return [
    {
      id: 'entry-form',
      zh: '日志条目为规范格式',
      en: 'the log entry is in canonical form',
      ...(canonical
        ? passed('条目字节与其规范格式（RFC 8785）逐字节一致', 'the bytes equal their canonical form (RFC 8785)')
        : failed('条目字节不是规范格式', 'the bytes are not in canonical form')),
    },
    {
      id: 'columns',
      zh: '数据库记录与日志条目一致',
      en: 'the database record agrees with the log entry',
      ...(columns !== undefined && differing.length === 0
        ? passed('各检索列与条目一致', 'every column agrees with the entry')
        : failed(`不一致：${differing.join('、')}`, `these differ: ${differing.join(', ')}`)),
    },
  ]
}
