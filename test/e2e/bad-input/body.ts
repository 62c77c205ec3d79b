import { GUARDIAN, NOBODY, PUPIL } from '../../../seeds/population/cast.ts'
import { jose } from '../../support/wire.ts'
import { badMember, full, grouped, person, type Row, sender, stranger, twice } from './row.ts'

/** Bytes, members and texts that are wrong in themselves. */

export const BYTES: Row[] = [
  stranger('payload: not JSON', 400, 'request.malformed', (t) => t.signed('{"jti": ')),
  sender('plain: not JSON', 400, 'request.malformed', (t) => t.plain('{"jti": ')),
  sender('plain: empty body', 400, 'request.malformed', (t) => t.plain('')),
  sender('plain: invalid UTF-8', 400, 'request.malformed', (t) =>
    t.plain(Buffer.concat([Buffer.from('{"purpose":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')])),
  ),
  sender('plain: GBK instead of UTF-8', 400, 'request.malformed', (t) =>
    t.plain(Buffer.concat([Buffer.from('{"purpose":"'), Buffer.from([0xb2, 0xe2, 0xca, 0xd4]), Buffer.from('"}')])),
  ),
  sender('plain: UTF-16', 400, 'request.malformed', (t) =>
    t.plain(Buffer.from(`\ufeff${JSON.stringify(t.members())}`, 'utf16le')),
  ),
  sender('plain: byte order mark', 400, 'request.malformed', (t) => t.plain(`\ufeff${JSON.stringify(t.members())}`)),
  stranger('payload: byte order mark', 400, 'request.malformed', (t) =>
    t.signed(`\ufeff${JSON.stringify(t.payload())}`),
  ),
  sender('plain: an array', 400, 'request.malformed', (t) => t.plain(JSON.stringify([t.members()]))),
  sender('plain: null', 400, 'request.malformed', (t) => t.plain('null')),
  sender('plain: a string', 400, 'request.malformed', (t) => t.plain(`"${PUPIL.id}"`)),
  sender('plain: two documents', 400, 'request.malformed', (t) => t.plain(`${JSON.stringify(t.members())}{}`)),
  sender('plain: NaN', 400, 'request.malformed', (t) =>
    t.plain(`${JSON.stringify(t.members()).slice(0, -1)},"maxAgeSeconds":NaN}`),
  ),
  sender('plain: Infinity by exponent', 400, 'request.malformed', (t) =>
    t.plain(`${JSON.stringify(t.members()).slice(0, -1)},"maxAgeSeconds":1e999}`),
  ),
  sender('plain: comments and trailing commas', 400, 'request.malformed', (t) =>
    t.plain(`${JSON.stringify(t.members()).slice(0, -1)},/* */}`),
  ),
  sender('plain: nested 100,000 deep', 400, 'request.malformed', (t) =>
    t.plain(`{"subject":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  ),
  sender('payload: nested 50,000 deep', 400, 'request.malformed', (t) =>
    t.signed(`${JSON.stringify(t.payload()).slice(0, -1)},"subject":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`),
  ),
  sender('plain: a member twice', 400, 'request.malformed', (t) => t.plain(twice(t.members(), 'purpose')), 'repeated'),
  sender('payload: subject twice', 400, 'request.malformed', (t) => t.signed(twice(t.payload(), 'subject'))),
  sender('payload: a member twice, once escaped', 400, 'request.malformed', (t) =>
    t.signed(`${JSON.stringify(t.payload()).slice(0, -1)},"purpos\\u0065":"其他"}`),
  ),
  sender('payload: a member twice inside the subject', 400, 'request.malformed', (t) =>
    t.signed(JSON.stringify(t.payload()).replace('"subject":{', `"subject":{"id":"${NOBODY.id}",`)),
  ),
  stranger('declared larger than 256 KiB', 413, 'request.malformed', () => jose('/v1/query', 'x'.repeat(262_145))),
  stranger('chunked larger than 256 KiB', 413, 'request.malformed', () => ({
    ...jose('/v1/query', 'x'.repeat(400_000)),
    chunked: true,
  })),
  sender(
    'no media type of ours is refused before that: 262,144 bytes are read',
    400,
    'request.malformed',
    async (t) => {
      const { body, ...rest } = await t.plain('')
      return { ...rest, body: `{"purpose":"${'长'.repeat(87_370)}"}` }
    },
  ),
]

export const MEMBERS: Row[] = [
  badMember('number in place of the resident number', { subject: { ...person, id: Number(PUPIL.id) } }, 'type'),
  badMember(
    'number in place of a party’s number',
    { parties: { guardian: { ...person, id: Number(GUARDIAN.id) } } },
    'type',
  ),
  badMember('number in place of the case number', { case: 11371082 }, 'type'),
  badMember('number in place of a key', { keys: { 'real-estate.unitNo': 371082001001 } }, 'type'),
  badMember('number in place of the request id', { jti: 1e21 }, 'type'),
  badMember('unknown member', { limit: 1 }, 'additionalProperties'),
  badMember('unknown member of the subject', { subject: { ...person, ...PUPIL, phone: '13800000000' } }),
  badMember('unknown member of the operator', { operator: { id: 'jyj-0231', assurance: 'asserted', mobile: '1' } }),
  badMember('__proto__ as a member', JSON.parse('{"__proto__":{"admin":true}}') as Record<string, unknown>),
  badMember('constructor as a party’s role', { parties: { constructor: 1 } }),
  badMember('fields as text', { fields: 'household-registration.address' }),
  badMember('no fields', { fields: [] }, 'minItems'),
  badMember('the same field twice', { fields: ['household-registration.address', 'household-registration.address'] }),
  badMember(
    '257 fields',
    { fields: Array.from({ length: 257 }, (_, n) => `household-registration.f${n}`) },
    'maxItems',
  ),
  badMember('claims in a query', { claims: { 'household-registration.address': 'x' } }),
  badMember('field name of another form', { fields: ['household-registration'] }),
  badMember('field name with a control character', { fields: ['household-registration.address\u0000'] }),
  badMember('field name with full-width letters', { fields: ['household-registration.ａddress'] }),
  badMember('scenario of another form', { scenario: 'P2.1; drop' }),
  badMember('negative age', { maxAgeSeconds: -1 }),
  badMember('fractional age', { maxAgeSeconds: 1.5 }),
  badMember('retryOf that is no exchange id', { retryOf: PUPIL.id }),
  badMember('jti of 21 characters', { jti: 'a'.repeat(21) }),
  badMember('jti of 65 characters', { jti: 'a'.repeat(65) }),
  badMember('jti with other characters', { jti: '请求'.repeat(12) }),
  badMember('no subject', { subject: undefined }, 'required'),
  badMember('no jti', { jti: undefined }, 'required'),
  badMember('empty name', { subject: { ...person, id: PUPIL.id, name: '' } }),
  badMember('purpose of 101 characters', { purpose: '用'.repeat(101) }),
  badMember('lone surrogate in the purpose', { purpose: '核验\ud800' }),
  badMember('control characters in the purpose', { purpose: '核验\r\nlevel=fatal' }),
  badMember('17 parties', {
    parties: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`p${n}`, { ...person, id: GUARDIAN.id }])),
  }),
  sender('verify: an object as a claim', 400, 'request.malformed', async (t) => ({
    ...(await t.signed(
      t.payload({ op: 'verify', fields: undefined, claims: { 'household-registration.address': {} } }),
    )),
    path: '/v1/verify',
  })),
]

export const TEXT: Row[] = [
  badMember('number in the purpose', { purpose: `核验 ${NOBODY.id}` }, 'identifier-in-text'),
  badMember('full-width digits in the purpose', { purpose: `核验${full(NOBODY.id)}` }, 'identifier-in-text'),
  badMember('grouped digits in the purpose', { purpose: `核验 ${grouped(NOBODY.id)}` }, 'identifier-in-text'),
  badMember('15-digit number in the purpose', { purpose: '核验 371099850612001' }, 'identifier-in-text'),
  badMember('the subject’s name in the purpose', { purpose: `核验${PUPIL.name}入学` }, 'identifier-in-text'),
  badMember('the guardian’s number inside a longer word', { purpose: `核验X${GUARDIAN.id}号` }, 'identifier-in-text'),
  badMember('number as the application', { case: undefined, application: NOBODY.id }, 'identifier-in-text'),
  badMember(
    'the subject’s number inside the application',
    { case: undefined, application: `SB${PUPIL.id}` },
    'identifier-in-text',
  ),
  badMember('the subject’s number inside the case', { case: `11371082${PUPIL.id}` }, 'identifier-in-text'),
  badMember(
    'the subject’s number in the case, itself written full-width',
    {
      subject: { ...person, id: full(PUPIL.id), name: PUPIL.name },
      case: `11371082${PUPIL.id}`,
    },
    'identifier-in-text',
  ),
  badMember('the subject’s name as the case', { case: `${PUPIL.name}的办件` }, 'identifier-in-text'),
  badMember(
    'number as the operator’s id',
    { operator: { id: NOBODY.id, assurance: 'asserted' } },
    'identifier-in-text',
  ),
  badMember('number as the operator’s unit', {
    operator: { id: 'jyj-0231', unit: `科室 ${NOBODY.id}`, assurance: 'asserted' },
  }),
  badMember('number in the subject’s name', { subject: { ...person, id: PUPIL.id, name: `王 ${NOBODY.id}` } }),
  badMember(
    'number in a role',
    {
      parties: { [`a-${NOBODY.id.toLowerCase()}`]: { ...person, id: GUARDIAN.id } },
    },
    'identifier-in-text',
  ),
  badMember(
    'the guardian’s number in a role',
    {
      parties: { [`g${GUARDIAN.id}`]: { ...person, id: GUARDIAN.id } },
      fields: ['household-registration.address'],
    },
    'identifier-in-text',
  ),
  badMember(
    'number in a field’s role',
    { fields: [`a-${NOBODY.id}:household-registration.address`] },
    'identifier-in-text',
  ),
  badMember('number as a dataset', { fields: [`x-${NOBODY.id}.address`] }, 'identifier-in-text'),
  badMember('number in a key’s name', { keys: { [`a-${NOBODY.id}:real-estate.unitNo`]: 'x' } }, 'identifier-in-text'),
  badMember('number as the request id', { jti: `req-${NOBODY.id}` }, 'identifier-in-text'),
]
