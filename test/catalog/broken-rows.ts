import type { ScratchCatalog } from './broken-catalog.ts'

export const DATASET = 'datasets/sample-insurance.json'

export interface Expected {
  file: string
  pointer: string
  rule: string
}
type Edit = (scratch: ScratchCatalog) => Promise<void>

/** A catalogue spoilt by some edits, and every fault the check must find in it, in the order of files and pointers. */
export interface Row {
  name: string
  edits: Edit[]
  faults: Expected[]
}

export const row = (name: string, edits: Edit[], ...faults: Expected[]): Row => ({ name, edits, faults })
export const at = (pointer: string, rule: string, file = DATASET): Expected => ({ file, pointer, rule })

/** Writes a whole file: text and bytes as they are, anything else as JSON. */
export const write =
  (file: string, content: unknown): Edit =>
  (scratch) =>
    scratch.write(file, content)

type Container = Record<string, unknown>
const edit =
  (pointer: string, file: string, change: (holder: Container, key: string) => void): Edit =>
  (scratch) =>
    scratch.edit<Container>(file, (content) => {
      const parts = pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      const key = parts.pop()!
      change(
        parts.reduce<Container>((holder, part) => holder[part] as Container, content),
        key,
      )
    })

export const put = (pointer: string, value: unknown, file = DATASET): Edit =>
  edit(pointer, file, (holder, key) => {
    holder[key] = value
  })
export const drop = (pointer: string, file = DATASET): Edit => edit(pointer, file, (holder, key) => delete holder[key])
export const push = (pointer: string, value: unknown, file = DATASET): Edit =>
  edit(pointer, file, (holder, key) => void (holder[key] as unknown[]).push(value))
