import type { FilledField, MaterialState } from './types.ts'

/** What the rates of filled forms are counted from: whole numbers, no value and no person. */
export interface FormCounts {
  /** Fields of the form for this case: without those that its 情形 rule out. */
  fields: number
  /** Of these, filled from shared data. */
  filled: number
  /** Materials of the form for this case, abolished ones included. */
  materials: number
  /** Of these, not to be handed in, abolished ones included. */
  notNeeded: number
  /** Nobody demands them any more (取消). */
  abolished: number
  /** Not needed because a valid e-licence stands in (证照替代). */
  byCertificate: number
  /** Not needed because shared data stand in (数据共享). */
  bySharing: number
  /** Demanded materials that are licences: those a certificate type of the catalogue stands for. */
  certificates: number
}

export const COUNT_NAMES = [
  'fields',
  'filled',
  'materials',
  'notNeeded',
  'abolished',
  'byCertificate',
  'bySharing',
  'certificates',
] as const satisfies readonly (keyof FormCounts)[]

/** Shares between 0 and 1; `null` where there is nothing to have a share of. */
export interface PrefillRates {
  /** 表单字段共享率 = fields filled from sharing ÷ fields of the form. */
  fieldSharing: number | null
  /** 电子证照替代率 = licence materials met by an e-licence ÷ licence materials demanded. */
  certificateSubstitution: number | null
  /** 免提交率 = demanded materials that need not be handed in ÷ materials demanded. */
  noSubmission: number | null
}

/** What of a form's field counts: a field of the answer of `POST /v1/prefill`, or of the form behind it. */
export type CountedField = Pick<FilledField, 'source' | 'value' | 'options' | 'verified' | 'empty'>
export type CountedMaterial = Pick<MaterialState, 'state' | 'ground' | 'certificate'>

/** Something is in the field that data gave. What the caller's own request said, and constants, is not sharing. */
export const isFilled = ({ source, value, options, verified }: CountedField): boolean =>
  source?.kind === 'data' && (value !== undefined || options !== undefined || verified === true)

/**
 * Counts one filled form.
 *
 * What is still open or did not come raises no rate: a field or material that hangs on an unanswered 情形, whose source was
 * unavailable, slow or is still being asked for, or that a 告知承诺 may replace, is counted below the line and not above it.
 */
export function countForm(form: {
  fields: readonly CountedField[]
  materials: readonly CountedMaterial[]
}): FormCounts {
  const fields = form.fields.filter(({ empty }) => empty !== 'not-applicable')
  const materials = form.materials.filter(({ state }) => state !== 'not-applicable')
  const notNeeded = materials.filter(({ state }) => state === 'not-needed')
  const by = (wanted: CountedMaterial['ground']): number => notNeeded.filter(({ ground }) => ground === wanted).length
  return {
    fields: fields.length,
    filled: fields.filter(isFilled).length,
    materials: materials.length,
    notNeeded: notNeeded.length,
    abolished: by('abolished'),
    byCertificate: by('certificate'),
    bySharing: by('data-sharing'),
    certificates: materials.filter(({ certificate, ground }) => certificate !== undefined && ground !== 'abolished')
      .length,
  }
}

export const NO_COUNTS: FormCounts = {
  fields: 0,
  filled: 0,
  materials: 0,
  notNeeded: 0,
  abolished: 0,
  byCertificate: 0,
  bySharing: 0,
  certificates: 0,
}

/** Several forms as one: sums, so that a large form weighs more than a small one. */
export function addCounts(all: readonly FormCounts[]): FormCounts {
  const sum = { ...NO_COUNTS }
  for (const counts of all) for (const name of COUNT_NAMES) sum[name] += counts[name]
  return sum
}

/**
 * The three rates of one form or of many.
 *
 * Source: R132 (电子证照替代率), R133 (表单字段共享率). Neither names 免提交率; it is built like them: an abolished material
 *         is demanded of nobody and stands on neither side, so that listing such raises nothing.
 */
export function ratesOf(counts: FormCounts): PrefillRates {
  return {
    fieldSharing: share(counts.filled, counts.fields),
    certificateSubstitution: share(counts.byCertificate, counts.certificates),
    noSubmission: share(counts.notNeeded - counts.abolished, counts.materials - counts.abolished),
  }
}

export const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
