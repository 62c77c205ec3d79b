import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../gateway/routes/openapi.ts'

interface Document {
  paths: Record<string, Record<string, unknown>>
  components: { schemas: Record<string, object> }
}

describe('the interface description of events and dossiers', () => {
  const document = openApiDocument('guanyi:371082', '1.0.0') as unknown as Document

  it.each(['events', 'changes', 'corrections', 'usage', 'dossier', 'my-data'])('has POST /v1/%s', (op) => {
    expect(document.paths[`/v1/${op}`]).toHaveProperty('post')
  })

  it('refers to nothing that is not there, and every schema compiles', () => {
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/([a-z-]+)/g)].map(([, name]) => name)
    for (const name of names) expect(document.components.schemas).toHaveProperty([name!])
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'document', components: document.components })
    for (const name of Object.keys(document.components.schemas))
      expect(ajv.getSchema(`document#/components/schemas/${name}`), name).toBeTypeOf('function')
  })
})
