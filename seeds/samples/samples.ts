import { DOSSIER_SAMPLES } from './dossier-samples.ts'
import { licenceSamples } from './licence-samples.ts'
import { REFUSED_SAMPLES } from './refused-samples.ts'
import { RELEASED_SAMPLES } from './released-samples.ts'
import type { Sample } from './sample.ts'

export { ENROLMENT } from './asking.ts'
export type { Sample } from './sample.ts'

/** At least one released per mode, dataset and subject type; one per refusal that request members alone can cause. */
export const SAMPLES: readonly Sample[] = [
  ...RELEASED_SAMPLES,
  ...DOSSIER_SAMPLES,
  ...licenceSamples(),
  ...REFUSED_SAMPLES,
]
