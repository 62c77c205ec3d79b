import { at, drop, push, put, type Row, row, write } from './broken-rows.ts'
import {
  BUNDLE,
  bundle,
  DIVISIONS,
  FORM,
  form,
  ITEMS,
  MEMBER,
  SET,
  SUBJECT,
  sampleBundle,
  sampleForm,
  sampleSet,
  sampleTask,
  YEAR,
} from './sample-others.ts'

/** Mistakes outside the datasets. */
export const BROKEN_OTHERS: Row[] = [
  row('text that is not JSON', [write('datasets/x.json', '{\n "id": "x",\n}')], at('', 'json', 'datasets/x.json')),
  row('a file that ends too early', [write('members/x.json', '{"id": "rc-x"')], at('', 'json', 'members/x.json')),
  row('an empty file', [write('members/x.json', '')], at('', 'json', 'members/x.json')),
  row(
    'a file in another encoding',
    [write('members/x.json', new Uint8Array([0x22, 0xb2, 0xe2, 0x22]))],
    at('', 'encoding', 'members/x.json'),
  ),

  row(
    'a member written twice in one object, at any depth',
    [
      write(
        'code-lists/x.json',
        '[{"id":"xa","name":"{\\"a\\":","source":"测试","codes":{"1":"甲","2":"乙","1":"丙"}},{"id":"xb","id":"xc","name":"名","source":"测试","codes":{"1":"[,"}}]',
      ),
    ],
    at('/0/codes/1', 'repeated-member', 'code-lists/x.json'),
    at('/1/id', 'repeated-member', 'code-lists/x.json'),
  ),

  row('an item of an unknown scenario', [put('/3/scenario', 'P9.9', ITEMS)], at('/3/scenario', 'reference', ITEMS)),
  row('an item of an unknown department', [put('/5/lead/0', 'rc-no', ITEMS)], at('/5/lead/0', 'reference', ITEMS)),
  row(
    'an item led by another department than printed',
    [put('/5/lead/0', 'rc-mzj', ITEMS)],
    at('/5/lead/0', 'printed-name', ITEMS),
  ),
  row('an item id used twice', [put('/1/id', 'rongcheng-p-001', ITEMS)], at('/1/id', 'unique', ITEMS)),
  row('an item of an unknown type', [put('/1/type', '随便', ITEMS)], at('/1/type', 'schema', ITEMS)),
  row(
    'a scenario for others than its letter says',
    [put('/0/audience', 'social', 'scenarios/person.json')],
    at('/0/audience', 'scenario', 'scenarios/person.json'),
  ),
  row(
    'a certificate of an unknown dataset',
    [put('/0/dataset', 'nothing', 'certificates/weihai.json')],
    at('/0/dataset', 'reference', 'certificates/weihai.json'),
  ),

  row('a code that fails its check (R120)', [put('/uscc', '81371082PDY003117A', MEMBER)], at('/uscc', 'uscc', MEMBER)),
  row(
    'a system registered twice',
    [put('/systems/0/id', 'rc-approval', MEMBER)],
    at('/systems/0/id', 'unique', 'members/rc-spj.json'),
  ),
  row(
    'an agent for nobody',
    [push('/systems/0/agentFor', 'rc-nobody', MEMBER)],
    at('/systems/0/agentFor/0', 'reference', MEMBER),
  ),
  row(
    'two members of one name',
    [push('/aliases', '市公安局', MEMBER)],
    at('/aliases/0', 'unique', 'members/rc-gaj.json'),
  ),
  row(
    'a private key in a key set',
    [put('/systems/0/jwks', { keys: [{ kty: 'EC', kid: 'k', d: 'x' }] }, MEMBER)],
    at('/systems/0/jwks/keys/0/d', 'schema', MEMBER),
  ),

  row('a county under a province', [put('/29/parent', '370000', DIVISIONS)], at('/29/parent', 'division', DIVISIONS)),
  row(
    'a make-up day that is no weekend',
    [push('/workingWeekends', '20260603', YEAR)],
    at('/workingWeekends/6', 'calendar', YEAR),
  ),
  row('a holiday of another year', [put('/off/0/from', '20251231', YEAR)], at('/off/0/from', 'calendar', YEAR)),
  row(
    'a code list without codes',
    [put('/codes', {}, 'code-lists/sex.json')],
    at('/codes', 'schema', 'code-lists/sex.json'),
  ),

  row('a form of an unknown item', [form, put('/item', 'rongcheng-p-999', FORM)], at('/item', 'reference', FORM)),
  row(
    'a form field from a field that is not there',
    [form, put('/fields/0/sources/0/field', 'sample-insurance.nothing', FORM)],
    at('/fields/0/sources/0/field', 'field-reference', FORM),
  ),
  row(
    'a source that does not say which field',
    [form, drop('/fields/0/sources/0/field', FORM)],
    at('/fields/0/sources/0/field', 'form-source', FORM),
  ),
  row(
    'a material for an answer nobody can give',
    [form, put('/materials/0/when/0/is/0', 'maybe', FORM)],
    at('/materials/0/when/0/is/0', 'question', FORM),
  ),
  row(
    'a material for a question nobody asks',
    [form, put('/materials/0/when/0/question', 'renter', FORM)],
    at('/materials/0/when/0/question', 'question', FORM),
  ),
  row(
    'a certificate’s substitution without the certificate',
    [form, drop('/materials/0/certificate', FORM)],
    at('/materials/0/certificate', 'material', FORM),
  ),
  row(
    'a field of a role the form does not list',
    [form, put('/roles', [SUBJECT], FORM), put('/fields/0/role', 'guardian', FORM)],
    at('/fields/0/role', 'role', FORM),
  ),
  row(
    'a source about somebody the form does not list',
    [form, put('/roles', [SUBJECT], FORM), put('/fields/0/sources/0/field', 'guardian:sample-insurance.name', FORM)],
    at('/fields/0/sources/0/field', 'role', FORM),
  ),
  row(
    'a relation proved by nothing, by nobody and by a field that is not there',
    [
      form,
      put(
        '/roles',
        [
          SUBJECT,
          {
            id: 'spouse',
            name: '配偶',
            type: 'person',
            applicant: false,
            required: false,
            relation: [
              { field: 'sample-insurance.name' },
              { field: 'sample-insurance.name', id: 'nobody' },
              { field: 'sample-insurance.nothing', is: true },
              { field: 'sample-insurance.name', sameAs: 'spouse:sample-insurance.nothing' },
            ],
          },
        ],
        FORM,
      ),
    ],
    at('/roles/1/relation/0', 'schema', FORM),
    at('/roles/1/relation/1/id', 'role', FORM),
    at('/roles/1/relation/2/field', 'field-reference', FORM),
    at('/roles/1/relation/3/sameAs', 'field-reference', FORM),
  ),
  row(
    'data that answers with an option there is not, and from nowhere',
    [
      form,
      put(
        '/questions/0/answers',
        [
          { value: 'maybe', otherwise: true },
          { value: 'y', equals: true },
        ],
        FORM,
      ),
    ],
    at('/questions/0/answeredBy', 'question', FORM),
    at('/questions/0/answers/0/otherwise', 'question', FORM),
    at('/questions/0/answers/0/value', 'question', FORM),
  ),
  row(
    'a question that waits for itself',
    [form, put('/questions/0/when', [{ question: 'owner', is: ['y'] }], FORM)],
    at('/questions/0/when/0/question', 'question', FORM),
  ),
  row(
    'a face field that the certificate does not show',
    [
      form,
      put('/fields/0/sources', [{ kind: 'certificate', certificate: 'weihai-c-020', faceField: 'nothing' }], FORM),
    ],
    at('/fields/0/sources/0/faceField', 'face-field', FORM),
  ),
  row(
    'a result of an unknown certificate',
    [form, put('/result', { name: '证', certificate: 'weihai-c-099' }, FORM)],
    at('/result/certificate', 'reference', FORM),
  ),
  row(
    'two forms of one item',
    [form, write('forms/form-2.json', { ...sampleForm, id: 'second-form' })],
    at('/item', 'unique', FORM),
  ),
  row(
    'a field set that is not there, in a complete form',
    [form, put('/fieldSets', ['nothing'], FORM)],
    at('/fieldSets', 'field-set', FORM),
    at('/fieldSets/0', 'reference', FORM),
  ),
  row(
    'a field set with a condition and an unknown source',
    [
      write(SET, {
        ...sampleSet,
        fields: [
          { ...sampleForm.fields[0], when: [] },
          { ...sampleForm.fields[0], id: 'b', sources: [{ kind: 'field', field: 'sample-insurance.nothing' }] },
        ],
      }),
    ],
    at('/fields/0/when', 'schema', SET),
    at('/fields/1/sources/0/field', 'field-reference', SET),
  ),
  row('a complete form without materials', [form, put('/materials', [], FORM)], at('/materials', 'schema', FORM)),

  row(
    'a bundle in the wrong order',
    [bundle, put('/items', sampleBundle.items.toReversed(), BUNDLE)],
    at('/flows/0/to', 'order', BUNDLE),
    at('/items/0/after/0', 'order', BUNDLE),
  ),
  row(
    'a flow from an item outside the bundle',
    [bundle, put('/flows/0/from', 'rongcheng-p-002', BUNDLE)],
    at('/flows/0/from', 'order', BUNDLE),
  ),
  row(
    'a result that no later form asks for',
    [bundle, form, put('/item', 'rongcheng-p-003', FORM), put('/flows/0/material', '结婚证', BUNDLE)],
    at('/flows/0/material', 'material', BUNDLE),
  ),
  row(
    'an element merged from a form that does not ask for it, or from outside',
    [
      bundle,
      form,
      put('/item', 'rongcheng-p-003', FORM),
      put('/merge', [{ element: 'ethnic-group', name: '民族', items: ['rongcheng-p-003', 'rongcheng-p-009'] }], BUNDLE),
    ],
    at('/merge/0/items/0', 'merge', BUNDLE),
    at('/merge/0/items/1', 'order', BUNDLE),
  ),
  row(
    'a role that a form does not know',
    [
      bundle,
      form,
      put('/item', 'rongcheng-p-003', FORM),
      put('/roles', [SUBJECT], FORM),
      put(
        '/roles',
        [
          {
            id: 'mother',
            name: '母亲',
            type: 'person',
            applicant: true,
            plays: [{ item: 'rongcheng-p-003', role: 'mother' }],
          },
        ],
        BUNDLE,
      ),
    ],
    at('/roles/0/plays/0/role', 'role', BUNDLE),
  ),

  row(
    'a task of a department nobody knows',
    [write('tasks/x.json', { ...sampleTask, lead: ['wh-nobody'] })],
    at('/lead/0', 'reference', 'tasks/x.json'),
  ),
  row(
    'an item that is the same as one there is not, and takes a certificate there is not',
    [
      put('/0/sameAs', ['zaozhuang-p-999'], ITEMS),
      put('/0/certificates', { basis: 'sample', types: ['weihai-c-099'] }, ITEMS),
    ],
    at('/0/certificates/types/0', 'reference', ITEMS),
    at('/0/sameAs/0', 'reference', ITEMS),
  ),

  row(
    'mistakes in several files, every one of them',
    [
      write('scenarios/x.json', '['),
      put('/provider', 'rc-nobody'),
      put('/0/scenario', 'P9.9', ITEMS),
      put('/1/type', '随便', ITEMS),
      put('/2/lead/0', 'rc-nobody', ITEMS),
    ],
    at('/provider', 'reference'),
    at('/0/scenario', 'reference', ITEMS),
    at('/1/type', 'schema', ITEMS),
    at('/2/lead/0', 'reference', ITEMS),
    at('', 'json', 'scenarios/x.json'),
  ),
]
