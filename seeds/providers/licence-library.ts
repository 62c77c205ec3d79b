import { dashed } from '../population/dates.ts'
import type { Population } from '../population/types.ts'
import { group, indexRows, refused, rows, text } from './find.ts'
import { organisationLicences } from './licences/organisations.ts'
import { personalLicences, registeredLicences } from './licences/personal.ts'
import { type Licence, stateOn } from './licences/types.ts'
import type { Dialect, ForeignAnswer, ForeignRow, Registers } from './types.ts'

const PERSON = '111'
const ORGANISATION = '001'
const LAST_PERSONAL_TYPE = 32
const BY_NUMBER = '/licence/state'

const status = (code: string, message: string): ForeignAnswer => ({ status: 200, body: { status: code, message } })

export interface LibraryAccess {
  accessId: string
  accessToken: string
}

/**
 * Licence library style (R105): HTTP 200 always, what happened stands in `status`. Nothing is answered without the pair the
 * library gave its caller, the asking unit, the item and the reason; a holder kind that the type of licence cannot have is
 * told apart from “not found”.
 */
export const createLicenceDialect = ({ accessId, accessToken }: LibraryAccess): Dialect => ({
  answer({ path, body }, registers, spoil) {
    const register = registers[path]
    if (!register) return status('1', '接口不存在')
    const data = group(body.data)
    const known = body.accessId === accessId && body.accessToken === accessToken
    if (!known || text(data.unit) === '') return status('11', '未通过身份认证')
    if (text(data.itemCode) === '' || text(body.useReason) === '') return status('12', '未写明事项或者使用事由')
    const type = Number(text(data.typeCode))
    const kind = type <= LAST_PERSONAL_TYPE ? PERSON : ORGANISATION
    // Who knows a number need not know whose it is.
    if (path !== BY_NUMBER && text(data.holderType) !== kind) return status('103', '持证主体类型不符')
    const finding = register(data)
    if (finding.kind !== 'rows') return status('13', '参数不完整')
    if (finding.rows.length === 0) return status('10', '未找到')
    return { status: 200, body: { status: '0', message: '成功', licences: spoil(finding.rows) } }
  },
})

/**
 * 市电子证照库: every licence of the city's people and organisations, by type and holder, or by its number beside them;
 * state and validity alone by type and number. */
export function licenceRegisters(city: Population): Registers {
  const licences = [...licencesOf(city)]
  const byHolder = indexRows(licences, ({ typeCode, holderNumber }) => [`${typeCode} ${holderNumber}`])
  const byNumber = indexRows(licences, ({ typeCode, number }) => [`${typeCode} ${number}`])
  const stateRow = (licence: Licence): ForeignRow => ({
    number: licence.number,
    typeCode: licence.typeCode,
    issueOrgName: licence.issuer,
    validBegin: dashed(licence.issuedOn),
    validEnd: licence.validUntil === null ? null : dashed(licence.validUntil),
    certState: stateOn(city.today, licence),
  })
  const row = (licence: Licence): ForeignRow => ({
    ...stateRow(licence),
    holder: {
      name: city.people.get(licence.holderNumber)?.name ?? city.organisations.get(licence.holderNumber)?.name ?? '',
      number: licence.holderNumber,
    },
    issueDate: dashed(licence.issuedOn),
    face: licence.face,
  })
  return {
    '/licence/by-holder': ({ typeCode, holderNumber, licenceNumber }) => {
      const type = text(typeCode)
      const holder = text(holderNumber)
      if (type === '' || holder === '') return refused
      const number = text(licenceNumber)
      const found = byHolder(`${type} ${holder}`).filter((licence) => number === '' || licence.number === number)
      return rows(...found.map(row))
    },
    [BY_NUMBER]: ({ typeCode, licenceNumber }) => {
      const type = text(typeCode)
      const number = text(licenceNumber)
      if (type === '' || number === '') return refused
      // Joint owners hold one title under one number: its state is one.
      return rows(...byNumber(`${type} ${number}`).slice(0, 1).map(stateRow))
    },
  }
}

function* licencesOf(city: Population): Iterable<Licence> {
  for (const person of city.people.values()) yield* personalLicences(person, city)
  yield* registeredLicences(city)
  for (const organisation of city.organisations.values()) yield* organisationLicences(organisation, city)
}
