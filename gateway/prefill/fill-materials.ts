import type { FormMaterial } from '../catalog/further-types.ts'
import type { ReleasedRow } from '../exchange.ts'
import { chinaDay } from '../requests/subjects.ts'
import type { FillContext } from './fill-fields.ts'
import { type Reading, valuesOf } from './reading.ts'
import type { MaterialNote, MaterialState } from './types.ts'
import { fieldsOfMaterial, MAIN } from './wanted.ts'

type Found = Extract<Reading, { ok: true }>
export type MaterialFinding = {
  state: MaterialState
  note: Omit<MaterialNote, 'exchangeId' | 'index'> | null
  role: string
}

/** 有效, of the code list `certificate-states`. */
const GOOD_STATE = '01'

/** Whether a material need still be handed in, and what stands in its place. */
export function settleMaterial(
  material: FormMaterial,
  { catalog, task, situations, read, nowMs }: FillContext,
): MaterialFinding {
  const { code, name, issuer, need, alternatives, exemption } = material
  const base = {
    code,
    name,
    issuer,
    need,
    ...(material.certificate !== undefined && { certificate: material.certificate }),
    ...(alternatives !== undefined && { alternatives }),
  }
  const role = material.role ?? MAIN
  const without = (state: MaterialState): MaterialFinding => ({ state, note: null, role })
  const applies = situations.applies(material.when)
  if (applies !== 'yes') return without({ ...base, state: applies === 'no' ? 'not-applicable' : 'open-situation' })
  if (exemption === 'abolished') return without({ ...base, state: 'not-needed', ground: 'abolished' })

  const names = fieldsOfMaterial(catalog, material)
  const readings = names.map(read)
  const found = readings.filter((each): each is Found => each.ok && valuesOf(each).length > 0)
  const good =
    names.length > 0 &&
    (material.fields !== undefined ? found.length === names.length : goodCertificate(found, chinaDay(nowMs)))
  const ground = material.fields === undefined ? 'certificate' : 'data-sharing'
  if (good) {
    const datasets = [...new Set(found.map(({ field }) => field.dataset))]
    const checked = datasets.map((dataset) => {
      const own = found.filter(({ field }) => field.dataset === dataset)
      return {
        dataset: dataset.name,
        provider: catalog.members.get(dataset.provider)?.name ?? dataset.provider,
        asOf: own[0]!.source.asOf,
        fields: own.map(({ field }) => fieldName(field)),
      }
    })
    return {
      state: { ...base, state: 'not-needed', ground, datasets: datasets.map(({ id }) => id) },
      note: {
        code,
        name,
        issuer,
        ground,
        item: task.item.id,
        role: found[0]!.field.role ?? MAIN,
        ...(ground === 'certificate' && { certificate: material.certificate! }),
        checked,
      },
      role: found[0]!.field.role ?? MAIN,
    }
  }
  const asked = readings.flatMap((each) => (each.ok || each.task === undefined ? [] : [each.task]))[0]
  if (asked !== undefined) return without({ ...base, state: 'pending', instead: 'assistance', task: asked })
  const instead =
    exemption === 'commitment' || exemption === 'online-issue' || exemption === 'assistance'
      ? { instead: exemption }
      : {}
  return without({ ...base, state: 'please-submit', ...instead })
}

/** A certificate is good when one of its records is. */
function goodCertificate(found: readonly Found[], today: string): boolean {
  return found[0]?.rows.some((row) => isGoodRecord(row, today)) ?? false
}

/** Its source says 有效, and it has not run out. `today` is `YYYYMMDD`. */
export function isGoodRecord({ state, validUntil }: ReleasedRow, today: string): boolean {
  if (state !== GOOD_STATE) return false
  return typeof validUntil !== 'string' || !/^\d{8}$/.test(validUntil) || validUntil >= today
}

const fieldName = ({ dataset, field }: Found['field']): string =>
  [...dataset.fields, ...dataset.derived].find(({ id }) => id === field)?.name ?? field
