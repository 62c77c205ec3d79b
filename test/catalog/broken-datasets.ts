import { at, DATASET, drop, push, put, type Row, row, write } from './broken-rows.ts'
import { sampleDataset } from './fixture.ts'

const SECOND = 'datasets/second.json'
const amount = sampleDataset().fields[4]!
/** Another dataset beside the sample one, without its data elements. */
const second = (changes: Parameters<typeof sampleDataset>[0]) =>
  write(SECOND, sampleDataset({ fields: [amount], derived: [], ...changes }))

/** One mistake each in a dataset that is otherwise right, and what the check must say of it. */
export const BROKEN_DATASETS: Row[] = [
  // the nine statutory elements and what else a schema can say
  row('a statutory element left out', [drop('/updateFrequency')], at('/updateFrequency', 'schema')),
  row('a statutory element left empty', [put('/useConditions', '')], at('/useConditions', 'schema')),
  row('a dataset without fields', [put('/fields', []), put('/derived', [])], at('/fields', 'schema')),
  row('a member no schema knows', [put('/price', 1)], at('/price', 'schema')),
  row('a member whose name needs escaping', [put('/a~1b~0c', 1)], at('/a~1b~0c', 'schema')),
  row('a share class of its own', [put('/shareClass', 'secret')], at('/shareClass', 'schema')),
  row('an input from nowhere', [put('/inputs/0/from', 'subject.birthday')], at('/inputs/0/from', 'schema')),
  row('a field whose mask is not stated', [drop('/fields/4/mask')], at('/fields/4/mask', 'schema')),

  // sharing, approval, grade (R3–R7, R139)
  row('not shared without a reason (R7)', [put('/shareClass', 'not-shared')], at('/notShared', 'schema')),
  row(
    'not shared on the ground of a lower rank (R7)',
    [
      put('/shareClass', 'not-shared'),
      put('/notShared', { reason: '测试', legalBasis: '某办法', rank: 'department-rule' }),
    ],
    at('/notShared/rank', 'schema'),
  ),
  row(
    'reasons for not sharing what is shared',
    [put('/notShared', { reason: '测试', legalBasis: '某法', rank: 'law' })],
    at('/notShared', 'schema'),
  ),
  row(
    'conditions on unconditional sharing (R6)',
    [put('/shareClass', 'unconditional')],
    at('/useConditions', 'share-class'),
  ),
  row('no impact assessment (R5)', [drop('/impactAssessment')], at('/impactAssessment', 'impact-assessment')),
  row('no secrecy assessment (R5)', [drop('/secrecyAssessment')], at('/secrecyAssessment', 'schema')),
  row('no approval by the head (R5)', [drop('/headApproval')], at('/headApproval', 'schema')),
  row('an approval on no day', [put('/headApproval/on', '20250230')], at('/headApproval/on', 'date')),
  row('a state secret (R3)', [put('/classification', '国家秘密')], at('/classification', 'secrecy')),
  row('a grade below a field’s (R139)', [put('/grade', 2)], at('/grade', 'grade')),
  row('an unknown provider', [put('/provider', 'rc-nobody')], at('/provider', 'reference')),
  row('a provider that is none', [put('/provider', 'rc-ltgs')], at('/provider', 'provider')),

  // directory codes and source bodies (R12, R93)
  row('a directory code of another shape', [put('/code', '3-03-001')], at('/code', 'schema')),
  row('a directory code outside the classification', [put('/code', '399001001/000001')], at('/code', 'directory-code')),
  row('a directory code used twice', [second({ id: 'second', name: '另一资源' })], at('/code', 'unique', SECOND)),
  row('a dataset id used twice', [second({ code: '303001001/000002' })], at('/id', 'unique', SECOND)),
  row(
    'two source bodies for one data element (R12)',
    [
      second({
        id: 'second',
        code: '304001001/000002',
        name: '另一资源',
        provider: 'rc-ybj',
        fields: sampleDataset().fields.slice(0, 5),
      }),
    ],
    at('/fields/0/element', 'source-body', SECOND),
  ),
  row(
    'one dataset name of two providers (R12)',
    [second({ id: 'second', code: '304001001/000002', provider: 'rc-ybj' })],
    at('/name', 'source-body', SECOND),
  ),
  row('a copy of nothing (R12)', [put('/fields/0/copyOf', 'other.name')], at('/fields/0/copyOf', 'field-reference')),

  // fields
  row('a field id used twice', [put('/derived/0/id', 'name')], at('/derived/0/id', 'unique')),
  row('an unknown code list', [put('/fields/1/codeList', 'sexes')], at('/fields/1/codeList', 'reference')),
  row('a coded field that is a number', [put('/fields/1/type', 'integer')], at('/fields/1/type', 'code-list-type')),
  row(
    'a sensitive field without a mask rule (R98)',
    [put('/fields/4/mask', 'none')],
    at('/fields/4/mask', 'sensitive-mask'),
  ),
  row('a text mask on a number', [put('/fields/4/mask', 'bankCard')], at('/fields/4/mask', 'mask-type')),
  row('text without a length (R94)', [drop('/fields/0/maxLength')], at('/fields/0/maxLength', 'length')),
  row(
    'an identifier as a number (R115)',
    [put('/fields/4/identifier', 'resident-id')],
    at('/fields/4/type', 'identifier-type'),
  ),

  // derived fields
  row('a source that is not there', [push('/derived/0/from', 'nothing')], at('/derived/0/from/2', 'derived-source')),
  row(
    'a rule that reads a field not listed',
    [put('/derived/0/from', ['active'])],
    at('/derived/0/rule/field', 'derived-source'),
  ),
  row('a rule of no kind', [put('/derived/0/rule/kind', 'average')], at('/derived/0/rule/kind', 'schema')),
  row('a rule that lacks a member', [drop('/derived/0/rule/months')], at('/derived/0/rule/months', 'schema')),
  row('a rule that gives another type', [put('/derived/0/type', 'integer')], at('/derived/0/type', 'derived-type')),
  row(
    'a rule over a field of the wrong type',
    [push('/derived/0/from', 'joinedOn'), put('/derived/0/rule/field', 'joinedOn')],
    at('/derived/0/rule/field', 'derived-type'),
  ),
  row(
    'a comparison with a value of another type',
    [put('/derived/0/rule/where/0/equals', '1')],
    at('/derived/0/rule/where/0/equals', 'condition-type'),
  ),
  row(
    'personal information derived into none',
    [put('/derived/0/personal', false)],
    at('/derived/0/personal', 'derived-personal'),
  ),

  // inputs, subjects, coverage, connector
  row('an input named twice', [push('/inputs', sampleDataset().inputs[0])], at('/inputs/1/name', 'unique')),
  row('no required input', [put('/inputs/0/required', false)], at('/inputs', 'input')),
  row('an identifier of another subject', [push('/idTypes', 'plate')], at('/idTypes/1', 'id-type')),
  row('a division nobody knows', [push('/coverage/divisions', '990000')], at('/coverage/divisions/1', 'reference')),
  row(
    'a network that is none (R59)',
    [put('/connector/networks', ['10.0.0.0/33'])],
    at('/connector/networks/0', 'network'),
  ),
  row(
    'a certificate that is cached (R111)',
    [put('/connector/kind', 'certificate-library')],
    at('/freshness/ttlSeconds', 'freshness'),
  ),

  row(
    'several mistakes at once, also those by rule in an entry of the wrong shape',
    [
      drop('/format'),
      put('/provider', 'rc-nobody'),
      put('/fields/1/codeList', 'sexes'),
      push('/derived/0/from', 'nothing'),
    ],
    at('/derived/0/from/2', 'derived-source'),
    at('/fields/1/codeList', 'reference'),
    at('/format', 'schema'),
    at('/provider', 'reference'),
  ),
  row('an entry that is no object', [write(DATASET, 'null')], at('', 'schema')),
]
