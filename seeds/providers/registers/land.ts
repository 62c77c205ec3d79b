import type { Population, RealEstate } from '../../population/types.ts'
import { indexRows, refused, rows, text } from '../find.ts'
import type { Registers } from '../types.ts'

const slashed = (date: string) => `${date.slice(0, 4)}/${date.slice(4, 6)}/${date.slice(6, 8)}`
const yesNo = (value: boolean) => (value ? '是' : '否')

/** 自然资源: real estate by owner or by unit. */
export function landRegisters(city: Population): Registers {
  const byOwner = indexRows(city.realEstate, ({ ownerIds }) => ownerIds)
  const byUnit = indexRows(city.realEstate, ({ unit }) => [unit])
  const nameOf = (id: string) => city.people.get(id)?.name ?? city.organisations.get(id)!.name
  const row = (estate: RealEstate) => ({
    bdcdyh: estate.unit,
    bdcqzh: estate.certificate,
    zl: estate.location,
    jzmj: estate.area,
    ghyt: estate.usage,
    qllx: '4',
    djsj: slashed(estate.registeredOn),
    gyfs: estate.ownership,
    qlr: estate.ownerIds.map(nameOf).join('、'),
    qszt: '1',
    sfdy: yesNo(estate.mortgaged),
    sfcf: yesNo(estate.sealed),
  })
  return {
    '/bdcdj/query': ({ zjhm, bdcdyh }) => {
      const owner = text(zjhm)
      const unit = text(bdcdyh)
      if (owner === '') return refused
      // The owner's number may itself be a unit: a question about the thing, not its owner.
      const found = byOwner(owner).length > 0 ? byOwner(owner) : byUnit(owner)
      return rows(...found.filter((estate) => unit === '' || estate.unit === unit).map(row))
    },
  }
}
