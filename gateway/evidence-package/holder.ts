import type { Bilingual } from '../errors/exchange-error.ts'
import type { RecordColumns } from '../ports/exchange-log.ts'

export interface ValuesHolder extends Bilingual {
  /** Who received the values and can present them: the acting department, and the system that asked. Null: nobody did. */
  member: string | null
  system: string | null
}

/** Modes that hand values of sources to somebody; reports, acts and a subject's own view do not. */
const VALUE_MODES = new Set(['query', 'verify', 'prefill', 'batch', 'dossier'])

export const releasesValues = ({ mode, outcome }: Pick<RecordColumns, 'mode' | 'outcome'>): boolean =>
  outcome === 'released' && VALUE_MODES.has(mode)

/**
 * Who holds the values of an exchange, for the record's page and the report: the gateway keeps digests only, so whoever
 * wants a value proven has to ask the one who received it.
 *
 * Shape:  `names` gives display names by id; ids stand where it gives none.
 */
export function valuesHolder(
  columns: Pick<RecordColumns, 'outcome' | 'mode' | 'member' | 'system' | 'onBehalfOf'>,
  names: { member(id: string): string; system(id: string): string },
): ValuesHolder {
  if (!releasesValues(columns)) {
    return {
      member: null,
      system: null,
      zh: '本次没有放行任何数据内容。',
      en: 'No value was released.',
    }
  }
  const member = columns.onBehalfOf ?? columns.member
  const [memberName, systemName] = [names.member(member), names.system(columns.system)]
  const what = columns.mode === 'verify' ? '比对结果' : '数据内容'
  return {
    member,
    system: columns.system,
    zh: `本网关不保存${what}，只保存其带盐摘要。${what}由${memberName}经“${systemName}”接收并持有；需要证明某一项时，由其出示该项的披露（SD-JWT），任何人可用网关公钥核验它与本记录一致。`,
    en: `The gateway keeps salted digests and no values. ${memberName} received them through “${systemName}” and holds them; to prove a value they present its disclosure (SD-JWT), which anybody can verify against this record with the gateway’s key.`,
  }
}
