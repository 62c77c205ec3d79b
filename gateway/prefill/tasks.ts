import type { BundleEntry, FormEntry } from '../catalog/further-types.ts'
import type { Catalog, ItemEntry, MemberEntry } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { Authenticated, Subject } from '../exchange.ts'
import { actingMember } from '../stages/envelope.ts'
import type { FormTask } from './leg.ts'
import type { PrefillRequest } from './types.ts'
import { MAIN } from './wanted.ts'

/**
 * The forms a prefill is about: the item's, or those of the bundle's items.
 *
 * Errors: `access.denied` for an item or bundle the catalogue does not have, and for a department the caller is no agent of;
 *         `subject.incomplete` where the main bearer is missing; `request.malformed` for a role the form does not know.
 */
export function tasksOf(authenticated: Authenticated, request: PrefillRequest): FormTask[] {
  const { catalog } = authenticated
  if (request.item !== undefined) {
    const task = taskOf(authenticated, request, request.item, actingMember(authenticated, request.onBehalfOf))
    assertRoles(task.form, request.subjects)
    if (!Object.hasOwn(task.subjects, MAIN)) throw incomplete(MAIN)
    return [task]
  }
  const bundle = catalog.bundles.get(request.bundle ?? '')
  if (bundle === undefined) throw unknown('bundle', '目录中没有这个一件事', 'the catalogue has no such bundle')
  const tasks = bundle.items
    .filter(({ item }) => formOf(catalog, item) !== undefined)
    .map(({ item }) => taskOf(authenticated, request, item, departmentOf(authenticated, item), bundle))
    // A bearer nobody named leaves that item's form to the applicant as a whole.
    .filter(({ subjects }) => Object.hasOwn(subjects, MAIN))
  if (tasks.length === 0) throw incomplete(bundle.roles?.[0]?.id ?? MAIN)
  return tasks
}

function taskOf(
  { catalog }: Authenticated,
  request: PrefillRequest,
  itemId: string,
  acting: MemberEntry | null,
  bundle?: BundleEntry,
): FormTask {
  const item = catalog.items.get(itemId)
  const form = formOf(catalog, itemId)
  if (item === undefined || form === undefined)
    throw unknown('item', '目录中没有这个事项的表单', 'the catalogue has no form of such an item')
  const subjects = bundle === undefined ? request.subjects : castOf(bundle, itemId, form, request.subjects)
  const applicant = bundle === undefined ? request.applicant : playedBy(bundle, itemId, request.applicant)
  return {
    item,
    form,
    acting,
    subjects,
    scenario: (bundle === undefined ? request.scenario : undefined) ?? item.scenario ?? bundle?.scenario ?? '',
    purpose: ownValue(request.purposes, itemId) ?? request.purpose,
    applicant: applicantOf(form, subjects, request.applicant === undefined ? undefined : (applicant ?? '')),
    answers: answersTo(itemId, request.answers ?? {}),
  }
}

/** The answers that concern one form: to its questions by name, and to its own alone. */
function answersTo(item: string, given: Record<string, string>): Record<string, string> {
  const own = Object.entries(given).filter(([name]) => name.startsWith(`${item}:`))
  return { ...given, ...Object.fromEntries(own.map(([name, option]) => [name.slice(item.length + 1), option])) }
}

/** Who the caller says stands before it, where the form lets that role apply; unless told, the first such role that is given. */
function applicantOf(form: FormEntry, subjects: Record<string, Subject>, told: string | undefined): string | undefined {
  const roles = form.roles ?? [{ id: MAIN, applicant: true }]
  return roles.find(({ id, applicant }) => applicant && Object.hasOwn(subjects, id) && (told ?? id) === id)?.id
}

const formsByItem = new WeakMap<Catalog, Map<string, FormEntry>>()
/** Indexed once per catalogue version. */
function formOf(catalog: Catalog, item: string): FormEntry | undefined {
  let forms = formsByItem.get(catalog)
  if (forms === undefined) {
    forms = new Map([...catalog.forms.values()].map((form) => [form.item, form]))
    formsByItem.set(catalog, forms)
  }
  return forms.get(item)
}

/** The department whose grants decide for an item of a bundle: never another's (R130). */
function departmentOf(authenticated: Authenticated, itemId: string): MemberEntry | null {
  const { catalog, sender } = authenticated
  const lead: ItemEntry['lead'] = catalog.items.get(itemId)?.lead ?? []
  const own = lead.find((id) => id === sender.member.id || sender.system.agentFor.includes(id))
  return own === undefined ? null : (catalog.members.get(own) ?? null)
}

/** Who plays which role in one item of a bundle; without a casting list a role is called the same everywhere. */
function castOf(bundle: BundleEntry, itemId: string, form: FormEntry, subjects: Record<string, Subject>) {
  const cast: [string, Subject][] = []
  for (const [role, subject] of Object.entries(subjects)) {
    const played = playedBy(bundle, itemId, role)
    if (played !== undefined && (form.roles ?? []).some(({ id }) => id === played)) cast.push([played, subject])
  }
  return Object.fromEntries(cast)
}

function playedBy(bundle: BundleEntry, itemId: string, role: string | undefined): string | undefined {
  if (bundle.roles === undefined) return role
  return bundle.roles.find(({ id }) => id === role)?.plays.find(({ item }) => item === itemId)?.role
}

function assertRoles(form: FormEntry, subjects: Record<string, Subject>): void {
  const roles = form.roles ?? []
  const strange = Object.entries(subjects).filter(([id, { type }]) => {
    const role = roles.find((each) => each.id === id)
    return role === undefined ? !(id === MAIN && roles.length === 0) : role.type !== type
  })
  if (strange.length === 0) return
  throw new ExchangeError('request.malformed', 'a role is not of the form', {
    reasons: [
      {
        rule: 'role',
        pointer: '/subjects',
        zh: `该表单的角色为：${roles.map(({ id, name }) => `${id}（${name}）`).join('、')}；主体类型须与角色一致`,
        en: `the form’s roles are ${roles.map(({ id, type }) => `${id} (${type})`).join(', ')}`,
      },
    ],
  })
}

function incomplete(role: string): ExchangeError {
  const reason: Reason = {
    rule: 'main-subject',
    pointer: '/subjects',
    zh: `缺少主体：${role}`,
    en: `the main bearer \`${role}\` is missing`,
  }
  return new ExchangeError('subject.incomplete', 'the main bearer is missing', { reasons: [reason] })
}

/** Reads like an item without a grant: the record keeps no word that is not in the catalogue. */
function unknown(rule: 'item' | 'bundle', zh: string, en: string): ExchangeError {
  return new ExchangeError('access.denied', en, { reasons: [{ rule, pointer: `/${rule}`, zh, en }] })
}

function ownValue<V>(record: Record<string, V> | undefined, name: string): V | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
