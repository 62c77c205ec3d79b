import { group } from '../find.ts'
import type { Wire } from '../types.ts'

/** JSON in, JSON out. */
export const jsonWire: Wire = {
  type: 'application/json; charset=utf-8',
  read: (text) => (text === '' ? {} : group(JSON.parse(text))),
  write: (body) => JSON.stringify(body),
}
