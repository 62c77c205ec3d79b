import { person, type Row, sender } from './row.ts'

/** Well-formed questions that mean nothing here, or nothing allowed. */

export const MEANING: Row[] = [
  sender('unknown scenario', 403, 'access.denied', (t) => t.signed(t.payload({ scenario: 'P99.9' })), 'scenario'),
  sender('unknown item', 403, 'access.denied', (t) => t.signed(t.payload({ item: 'rongcheng-p-999' })), 'item'),
  sender('unknown dataset', 403, 'access.denied', (t) => t.signed(t.payload({ fields: ['bank.balance'] }))),
  sender('dataset named like a member of Object', 403, 'access.denied', (t) =>
    t.signed(t.payload({ fields: ['constructor.name'] })),
  ),
  sender('unknown field', 422, 'field.unknown', (t) => t.signed(t.payload({ fields: ['household-registration.pin'] }))),
  sender('department that does not exist', 403, 'access.denied', (t) => t.signed(t.payload({ onBehalfOf: 'rc-none' }))),
  sender('check digit wrong', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { ...person, id: '371099201907120018' } })),
  ),
  sender('a day that there was not', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { ...person, id: '371099201902300013' } })),
  ),
  sender('a number of letters', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { ...person, id: "' or 1=1 --" } })),
  ),
  sender('kind of number that cannot name this kind of subject', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { type: 'person', idType: 'uscc', id: '91371082PDY1000107' } })),
  ),
  sender('dataset that is not asked by this kind of subject', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { type: 'organisation', idType: 'uscc', id: '91371082PDY1000107' } })),
  ),
  sender('party’s number wrong', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ parties: { guardian: { ...person, id: '371099198803120027' } } })),
  ),
  sender('input missing', 422, 'subject.incomplete', (t) =>
    t.signed(t.payload({ fields: ['marriage-registration.married'] })),
  ),
  sender('party missing', 422, 'subject.incomplete', (t) => t.signed(t.payload({ parties: undefined }))),
  sender('not granted', 403, 'access.denied', (t) =>
    t.signed(t.payload({ fields: ['household-registration.ethnicGroup'] })),
  ),
]
