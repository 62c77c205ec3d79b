import type { BundleEntry, BundleRole, CertificateEntry, FormEntry, FormField } from './further-types.ts'
import { named } from './public-view.ts'
import { materialSource } from './search.ts'
import type { Catalog } from './types.ts'

/** How forms, certificates and bundles read in the public directory. */

/** A form in full; beside every material whether it can be had without the applicant, and from which dataset (R13, R44). */
export const formDetail = (form: FormEntry, catalog: Catalog) => ({
  ...form,
  materials: form.materials.map((material) => ({ ...material, ...materialSource(catalog, material) })),
})

/** A certificate with its departments' names, and where it is asked for: forms' materials and 用证 items. */
export const certificateDetail = (certificate: CertificateEntry, catalog: Catalog) => ({
  ...certificate,
  issuerMembers: certificate.issuerMembers.map((id) => named(catalog, id)),
  forms: [...catalog.forms.values()]
    .filter(({ materials }) => materials.some((material) => material.certificate === certificate.id))
    .map(({ id }) => id),
  items: [...catalog.items.values()]
    .filter(({ certificates }) => certificates?.types.includes(certificate.id) === true)
    .map(({ id }) => id),
})

interface MergedField {
  role: string
  element: string
  name: string
  type: FormField['type']
  editable: boolean
  /** Every item that asks for it, with the departments whose rights decide there: merging adds none (R130). */
  askedBy: { item: string; form: string; field: string; departments: string[] }[]
}

/** A bundle with its one form: every element once, and per element who asks for it. */
export function bundleDetail(bundle: BundleEntry, catalog: Catalog) {
  const parts = bundle.items.flatMap(({ item, after }) => {
    const form = [...catalog.forms.values()].find((each) => each.item === item)
    const entry = catalog.items.get(item)
    return entry === undefined ? [] : [{ entry, form, after }]
  })
  const merged = new Map<string, MergedField>()
  for (const { entry, form } of parts) {
    for (const field of form?.fields ?? []) {
      const role = bundleRoleOf(bundle.roles, entry.id, field.role)
      const key = `${role} ${field.element}`
      const { element, name, type, editable } = field
      const one = merged.get(key) ?? { role, element, name, type, editable, askedBy: [] }
      // the applicant may correct the one value only where every item allows it
      one.editable &&= editable
      const departments = [...new Set([...entry.lead, ...entry.collaborating])]
      one.askedBy.push({ item: entry.id, form: form!.id, field: field.id, departments })
      merged.set(key, one)
    }
  }
  return {
    ...bundle,
    parts: parts.map(({ entry, form, after }) => ({
      item: entry.id,
      name: entry.name,
      form: form?.id ?? null,
      lead: entry.lead.map((id) => named(catalog, id)),
      collaborating: entry.collaborating.map((id) => named(catalog, id)),
      after,
    })),
    form: [...merged.values()],
  }
}

/** What an item's role is called in the bundle. */
function bundleRoleOf(roles: BundleRole[] | undefined, item: string, role: string): string {
  return roles?.find(({ plays }) => plays.some((play) => play.item === item && play.role === role))?.id ?? role
}
