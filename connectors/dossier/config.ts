/**
 * The gateway's own dossiers as a source. It has no endpoint and no factory: the gateway itself answers
 * (`gateway/dossier/connector.ts`); what stands here is what the directory may say of it.
 */
export const DOSSIER_KIND = 'dossier'

export interface DossierConfig {
  section: 'timeline' | 'certificates'
  stages?: Record<string, string>
}

export const dossierConfigSchema: Record<string, unknown> = {
  type: 'object',
  properties: {
    section: { enum: ['timeline', 'certificates'] },
    stages: {
      type: 'object',
      description: '`<audience>.<stage number>` → the field under which the item of that stage is released',
      propertyNames: { pattern: '^(person|organisation)\\.[1-9][0-9]?$' },
      additionalProperties: { type: 'string' },
    },
  },
  required: ['section'],
  additionalProperties: false,
}
