import { dashed } from '../../population/dates.ts'
import type { Allowance, Population } from '../../population/types.ts'
import { byMember, indexRows, notDigitised, refused, rows, text, yuan } from '../find.ts'
import type { Registers } from '../types.ts'

/** Marriages before this day are in paper files only. */
export const MARRIAGES_DIGITISED_SINCE = '19900101'

const chineseDate = (date: string) => `${date.slice(0, 4)}年${date.slice(4, 6)}月${date.slice(6, 8)}日`

/** 民政: marriages (both parties' names and numbers are needed), minimum living allowance, adoption files. */
export function civilRegisters(city: Population): Registers {
  const marriages = new Map(city.marriages.map((marriage) => [`${marriage.husbandId}|${marriage.wifeId}`, marriage]))
  const party = (id: string) => ({ name: city.people.get(id)!.name, cardNo: id })
  const allowances = indexRows(city.allowances, ({ memberIds }) => memberIds)
  const allowance = (item: Allowance) => ({
    familyNo: item.familyNumber,
    head: party(item.headId),
    category: item.kind === '1' ? 'CS' : 'NC',
    memberCount: item.memberIds.length,
    monthlyAmount: yuan(item.monthlyAmount),
    approvedOn: chineseDate(item.approvedOn),
    reviewBy: chineseDate(item.reviewBy),
    status: '享受',
    cause: item.cause,
  })
  return {
    '/api/marriage/check': (query) => {
      const parties = [
        ['cardNo', 'name'],
        ['spouseCardNo', 'spouseName'],
      ].map(([card, name]) => ({ cardNo: text(query[card!]), name: text(query[name!]) }))
      if (parties.some(({ cardNo, name }) => cardNo === '' || name === '')) return refused
      const [one, other] = parties as [{ cardNo: string; name: string }, { cardNo: string; name: string }]
      const marriage = marriages.get(`${one.cardNo}|${other.cardNo}`) ?? marriages.get(`${other.cardNo}|${one.cardNo}`)
      if (!marriage || parties.some(({ cardNo, name }) => city.people.get(cardNo)?.name !== name)) return rows()
      if (marriage.registeredOn < MARRIAGES_DIGITISED_SINCE) return notDigitised
      return rows({
        certNo: marriage.certificate,
        kind: marriage.kind === 'marriage' ? 'IA' : 'IB',
        regDate: dashed(marriage.registeredOn),
        office: '测试荣成市民政局婚姻登记处',
        man: party(marriage.husbandId),
        woman: party(marriage.wifeId),
      })
    },
    '/api/assistance/query': byMember('cardNo', allowances, allowance),
    '/api/adoption/query': (query) => (text(query.cardNo) === '' ? refused : rows()),
  }
}
