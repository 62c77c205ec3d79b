import { dashed } from '../../population/dates.ts'
import type { Population } from '../../population/types.ts'
import { byMember, indexRows, yuan } from '../find.ts'
import type { Registers } from '../types.ts'

/** 税务: where a taxpayer stands. */
export function taxRegisters(city: Population): Registers {
  const states = indexRows(city.taxes, ({ uscc }) => [uscc])
  return {
    '/tax/status': byMember('nsrsbh', states, (state) => ({
      nsrsbh: state.uscc,
      nsrmc: city.organisations.get(state.uscc)!.name,
      nsrlx: state.kind,
      nsxydj: state.credit,
      djrq: dashed(state.registeredOn),
      nsrzt: state.state,
      qsje: yuan(state.arrears),
      sbssq: `${state.filedUntil.slice(0, 4)}-${state.filedUntil.slice(4)}`,
      swjg: '测试国家税务总局荣成市税务局',
    })),
  }
}
