import type { Scalar, SubjectType } from '../catalog/types.ts'
import type { Subject, VerifyResult } from '../exchange.ts'
import type { FilledField, MaterialState, Situation } from '../prefill/types.ts'
import { type Answer, type Ask, type ClientOptions, createClient, type GuanyiClient } from './client.ts'
import type { PrefillAnswer, PrefillAsk, PrefilledForm } from './prefill.ts'

/** What `guanyi types` writes of one scenario. */
export interface ScenarioType {
  /** Row types by dataset; an array where a subject has many. */
  datasets: object
  /** Of parties. */
  roles: string
  /** By item. */
  forms: object
}
export interface FormType {
  /** Optional where the form can do without that bearer. */
  roles: object
  fields: object
  questions: object
  materials: string
}

type Names<T> = keyof T & string
type Row<Rows> = Rows extends readonly (infer One)[] ? One : Rows
type Keyed<D> = { [K in Names<D>]: `${K}.${Names<Row<D[K]>>}` }[Names<D>]
/** `dataset.field` and `role:dataset.field`, as a scenario has them. */
export type FieldName<T extends ScenarioType> = Keyed<T['datasets']> | `${T['roles']}:${Keyed<T['datasets']>}`

type KeyOf<F extends string> = F extends `${infer K}.${string}` ? K : never
type DatasetOf<K extends string> = K extends `${string}:${infer D}` ? D : K
type Asked<F extends string, K extends string> = F extends `${K}.${infer N}` ? N : never
type Kept<Rows, N extends string> = Rows extends readonly (infer One)[]
  ? Pick<One, N & keyof One>[]
  : Pick<Rows, N & keyof Rows>
/** An answer's data: by `dataset` or `role:dataset`, exactly the fields asked for; absent where a source had none. */
export type DataOf<D, F extends string> = {
  [K in KeyOf<F>]?: DatasetOf<K> extends keyof D ? Kept<D[DatasetOf<K>], Asked<F, K>> : never
}

type TypedAsk<Id> = Omit<Ask, 'scenario' | 'fields' | 'claims'> & { scenario: Id }
export type TypedAnswer<D, F extends string> = Omit<Answer, 'data'> & { data?: DataOf<D, F> }

type BearerOf<T> = T extends SubjectType ? Omit<Subject, 'type'> & { type: T } : Subject
export type TypedPrefillAsk<Id, Item, Form> = Form extends FormType
  ? Omit<PrefillAsk, 'item' | 'bundle' | 'scenario' | 'subjects' | 'answers' | 'applicant'> & {
      scenario: Id
      item: Item
      subjects: { [R in keyof Form['roles']]: BearerOf<Form['roles'][R]> }
      applicant?: Names<Form['roles']>
      answers?: Partial<Form['questions']>
    }
  : never

type TypedField<Id, Value> = Omit<FilledField, 'id' | 'value' | 'options'> & {
  id: Id
  value?: Value
  options?: Value[]
}
type TypedFields<F> = { [Id in Names<F>]: TypedField<Id, F[Id]> }
export type TypedPrefill<Item, Form> = Form extends FormType
  ? Pick<PrefillAnswer, 'prefillId' | 'materialsUntil' | 'exchanges'> &
      Pick<PrefilledForm, 'form' | 'name' | 'state' | 'basis' | 'department'> & {
        item: Item
        fields: TypedFields<Form['fields']>[Names<Form['fields']>][]
        situations: (Situation & { id: Names<Form['questions']> })[]
        materials: (MaterialState & { code: Form['materials'] })[]
        /** Of a form's fields the one of that id. */
        field<Id extends Names<Form['fields']>>(id: Id): TypedFields<Form['fields']>[Id]
      }
  : never

/** The client, knowing what may be asked in which scenario. `S`: the `Scenarios` of a file `guanyi types` wrote. */
export interface TypedClient<S extends { [Id in keyof S]: ScenarioType }>
  extends Omit<GuanyiClient, 'query' | 'verify' | 'prefill'> {
  query<Id extends Names<S>, F extends FieldName<S[Id]>>(
    ask: TypedAsk<Id> & { fields: readonly F[] },
  ): Promise<TypedAnswer<S[Id]['datasets'], F>>
  verify<Id extends Names<S>, F extends FieldName<S[Id]>>(
    ask: TypedAsk<Id> & { claims: { [Name in F]: Scalar } },
  ): Promise<Omit<Answer, 'data' | 'results'> & { results: { [Name in F]: VerifyResult } }>
  /** Fills one item's form. Bundles: the plain client. */
  prefill<Id extends Names<S>, Item extends Names<S[Id]['forms']>>(
    ask: TypedPrefillAsk<Id, Item, S[Id]['forms'][Item]>,
  ): Promise<TypedPrefill<Item, S[Id]['forms'][Item]>>
}

/**
 * A client whose questions and answers are typed by the catalogue.
 *
 * The types are a description, checked when the caller is compiled: what a gateway answers is validated there, against the
 * catalogue whose version its evidence names. Compare that with `CATALOG_VERSION` to learn that the file is old.
 *
 * Errors: as `createClient`.
 */
export function createTypedClient<S extends { [Id in keyof S]: ScenarioType }>(options: ClientOptions): TypedClient<S> {
  const { query, verify, prefill, ...rest } = createClient(options)
  return {
    ...rest,
    query: async <Id extends Names<S>, F extends FieldName<S[Id]>>(ask: TypedAsk<Id> & { fields: readonly F[] }) =>
      (await query({ ...ask, fields: [...ask.fields] })) as TypedAnswer<S[Id]['datasets'], F>,
    verify: async <F extends string>(ask: TypedAsk<string> & { claims: { [Name in F]: Scalar } }) =>
      (await verify(ask)) as Answer & { results: { [Name in F]: VerifyResult } },
    prefill: async <Id extends Names<S>, Item extends Names<S[Id]['forms']>>(
      ask: TypedPrefillAsk<Id, Item, S[Id]['forms'][Item]>,
    ) => {
      const answer = await prefill(ask as PrefillAsk)
      const field = (id: string) => answer.fields?.find((each) => each.id === id)
      return { ...answer, field } as TypedPrefill<Item, S[Id]['forms'][Item]>
    },
  }
}
