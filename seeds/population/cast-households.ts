import {
  ALLOWANCE_RECEIVER,
  BABY,
  DEBTOR,
  DISABLED,
  FATHER,
  GUARDIAN,
  HOME_OWNER,
  HUSBAND,
  LEGAL_REPRESENTATIVE,
  PENSIONER,
  PUPIL,
  VETERAN,
  WIFE,
} from './cast.ts'
import type { Draft } from './draft.ts'
import { RELATION, settle, wed } from './households.ts'
import type { Person } from './types.ts'

/** Registers a cast member; sex and birth are in the number itself. */
export function enter(
  draft: Draft,
  { id, name }: { id: string; name: string },
  relation: string = RELATION.head,
): Person {
  const person: Person = {
    idNumber: id,
    name,
    sex: Number(id[16]) % 2 === 1 ? 'male' : 'female',
    birthDate: id.slice(6, 14),
    ethnicGroup: '01',
    householdNumber: '',
    relation,
    spouseId: null,
    fatherId: null,
    motherId: null,
    migratedOn: null,
  }
  draft.people.set(id, person)
  return person
}

/** The cast under its roofs; first of all households, so that its household numbers are stable too. */
export function addCastHouseholds(draft: Draft): void {
  const father = enter(draft, FATHER)
  const mother = enter(draft, GUARDIAN, RELATION.wife)
  const son = enter(draft, PUPIL, RELATION.son)
  const daughter = enter(draft, BABY, RELATION.daughter)
  wed(father, mother)
  for (const child of [son, daughter]) Object.assign(child, { fatherId: father.idNumber, motherId: mother.idNumber })
  settle(draft, [father, mother, son, daughter], '山东省荣成市崖头街道测试路1号测试花园1号楼1单元101室', false)

  const husband = enter(draft, HUSBAND)
  const wife = enter(draft, WIFE, RELATION.wife)
  wed(husband, wife)
  settle(draft, [husband, wife], '山东省荣成市崂山街道测试街2号测试小区2号楼2单元202室', false)

  settle(draft, [enter(draft, HOME_OWNER)], '山东省荣成市寻山街道测试大道3号测试家园3号楼1单元301室', false)
  settle(draft, [enter(draft, PENSIONER)], '山东省荣成市崖头街道测试路4号测试苑4号楼2单元402室', false)
  settle(draft, [enter(draft, DISABLED)], '山东省荣成市俚岛镇测试路5号测试小区5号楼1单元101室', true)
  settle(draft, [enter(draft, ALLOWANCE_RECEIVER)], '山东省荣成市虎山镇测试街6号', true)
  const veteran = enter(draft, VETERAN)
  veteran.migratedOn = '20171215'
  settle(draft, [veteran], '山东省荣成市成山镇测试街7号测试家园7号楼3单元301室', false)
  settle(draft, [enter(draft, LEGAL_REPRESENTATIVE)], '山东省荣成市石岛管理区测试路8号测试花园8号楼1单元801室', false)
  settle(draft, [enter(draft, DEBTOR)], '山东省荣成市人和镇测试路9号测试苑9号楼1单元102室', false)
}
