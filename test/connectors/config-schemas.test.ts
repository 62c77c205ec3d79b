import { describe, expect, it } from 'vitest'
import { connectorSchemas } from '../../connectors/index.ts'
import { newAjv } from '../../gateway/catalog/schema-check.ts'

describe('configuration of connectors', () => {
  it.each(Object.keys(connectorSchemas))('the schema of %s is one the catalogue can load', (kind) => {
    expect(newAjv().compile(connectorSchemas[kind] as object)).toBeTypeOf('function')
  })
})
