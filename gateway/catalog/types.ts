import type {
  BundleEntry,
  CalendarEntry,
  CertificateEntry,
  FieldSetEntry,
  FormEntry,
  TaskEntry,
} from './further-types.ts'

/**
 * The published directory as the gateway holds it in memory: plain data, one immutable version.
 * Each kind has a JSON Schema in `catalogs/schemas/<kind>.schema.json`; these types are its TypeScript face.
 */

export type SubjectType = 'person' | 'organisation' | 'property' | 'vehicle' | 'project'

/** Kinds of identifier a subject can be named by; each maps to a GB/T 36903 holder code in `code-lists/holder-types.json`. */
export type IdType =
  | 'resident-id'
  | 'residence-permit-hmt'
  | 'foreign-permanent-resident'
  | 'passport'
  | 'birth-certificate'
  | 'uscc'
  | 'organisation-code'
  | 'business-registration'
  | 'real-estate-unit'
  | 'plate'
  | 'vin'
  | 'project-code'

export type MaskRule =
  | 'none'
  | 'full'
  | 'name'
  | 'citizenId18'
  | 'phone'
  | 'landline'
  | 'bankCard'
  | 'email'
  | 'uscc18'
  | 'address'
  | 'plate'
  | 'ip'

export interface Contact {
  name: string
  phone: string
}

/** A registered client of a member (业务系统). Its public keys come from the key source, seeded by `jwks` here. */
export interface SystemEntry {
  id: string
  name: string
  status: 'active' | 'suspended'
  /** Where its requests may come from (CIDR); empty means anywhere the listener accepts. */
  networks: string[]
  /** Members this system may act for (`onBehalfOf`), beside its own: a shared platform is their registered agent. */
  agentFor: string[]
  webhooks: string[]
  contact: Contact
  jwks?: { keys: Record<string, unknown>[] }
}

export interface MemberEntry {
  id: string
  name: string
  /** Names under which the source lists print this member (市公安局 …). */
  aliases: string[]
  uscc: string
  level: 'province' | 'city' | 'county'
  /** GB/T 2260 division code. */
  division: string
  /** 管辖范围: division codes this member answers for. */
  jurisdiction: string[]
  roles: ('authority' | 'provider' | 'consumer')[]
  systems: SystemEntry[]
  contact: Contact
}

/** The nine statutory elements of 政务数据共享条例 art. 13 are: name, fields, provider, format, updateFrequency, shareClass, shareForms, useConditions, classification (with grade). */
export interface DatasetEntry {
  id: string
  /** 目录代码: class-item-heading-subheading/sequence (R93). */
  code: string
  version: string
  name: string
  abstract: string
  provider: string
  format: string
  updateFrequency: string
  /** 无条件 / 有条件 / 不予 (art. 14). */
  shareClass: 'unconditional' | 'conditional' | 'not-shared'
  /** Needed when `shareClass` is `not-shared`: reason and law, administrative regulation or State Council decision (R7). */
  notShared?: {
    reason: string
    legalBasis: string
    rank: 'law' | 'administrative-regulation' | 'state-council-decision'
  }
  shareForms: ('interface' | 'batch' | 'file')[]
  useConditions: string
  classification: string
  /** General data sub-grade 1–4; `important` needs extra rules; core data cannot be registered (R140). */
  grade: 1 | 2 | 3 | 4 | 'important'
  /** 数据责任层级. */
  responsibilityLevel: 'province' | 'city'
  legalBasis: string
  secrecyAssessment: Approval
  /** Required when any field is personal information (R5). */
  impactAssessment?: Approval
  headApproval: Approval
  subjectTypes: SubjectType[]
  idTypes: IdType[]
  /** Only signed requests may read it. */
  signedRequestRequired: boolean
  fields: FieldEntry[]
  derived: DerivedField[]
  inputs: DatasetInput[]
  /** Members of the request the source insists on beside its inputs (R105, R149). `case` is met by `application` too. */
  requestMembers?: RequestMember[]
  cardinality: 'one' | 'many'
  coverage: Coverage
  /** 0 = never cached. */
  freshness: { ttlSeconds: number }
  /** A change notice of this dataset is also a line in the dossier (一人一档). */
  changesToDossier?: boolean
  connector: {
    kind: string
    networks: string[]
    timeoutMs: number
    maxConcurrent: number
    config: Record<string, unknown>
  }
  basis?: 'sample'
}

export interface Approval {
  by: string
  /** `YYYYMMDD` */
  on: string
  reference: string
}

/** One 信息项. `type` is the JSON type of the value released; identifiers, codes, dates and money (fen) as declared. */
export interface FieldEntry {
  id: string
  name: string
  type: 'string' | 'integer' | 'boolean' | 'date' | 'month'
  maxLength?: number
  codeList?: string
  personal: boolean
  sensitive: boolean
  grade: 1 | 2 | 3 | 4 | 'important'
  mask: MaskRule
  nullable?: boolean
  /** Kind of identifier the value must be well formed as; checked in `shape` as a quality finding, not a refusal. */
  identifier?: 'resident-id' | 'uscc'
  /** Data element (数据元) it carries: one source body per element (R12); forms merge by it. */
  element?: string
  /** `dataset.field` of the source body's field this one is a declared copy of (R12). */
  copyOf?: string
}

/** A value computed from rows that are themselves not released (连续缴费满12个月). */
export interface DerivedField {
  id: string
  name: string
  type: 'boolean' | 'integer' | 'string' | 'date' | 'month'
  personal: boolean
  sensitive: boolean
  grade: 1 | 2 | 3 | 4 | 'important'
  mask: MaskRule
  /** Source fields it needs; fetched, never released by it. */
  from: string[]
  rule: DerivedRule
}

export type Scalar = string | number | boolean | null
export interface Condition {
  field: string
  equals?: Scalar
  in?: Scalar[]
  atLeast?: string | number
  atMost?: string | number
}
export type DerivedRule =
  /** True when at least one row meets every condition. */
  | { kind: 'any'; where: Condition[] }
  | { kind: 'count'; where: Condition[] }
  | { kind: 'sum'; field: string; where: Condition[] }
  /** The greatest (`latest`) or smallest (`earliest`) value of a field over the matching rows. */
  | { kind: 'latest' | 'earliest'; field: string; where: Condition[] }
  /** True when `months` consecutive values of a `YYYYMM` field, ending not earlier than `endingWithinMonths` before now, are all present. */
  | { kind: 'consecutive-months'; field: string; months: number; endingWithinMonths: number; where: Condition[] }
  /** Whole years since a date field, in China time. */
  | { kind: 'age'; field: string }

export type RequestMember = 'operator.id' | 'operator.name' | 'operator.unit' | 'item' | 'case'

/**
 * What the source needs to find the record. `from`:
 * `subject.id` | `subject.idType` | `subject.name` of the one asked about (the party itself for `role:dataset` fields);
 * `party.<role>.id` | `party.<role>.name` of another party; `key` = `keys["<dataset>.<name>"]` of the request.
 */
export interface DatasetInput {
  name: string
  label: string
  from: string
  required: boolean
}

export interface Coverage {
  divisions: string[]
  /** `YYYYMMDD`; records before it are not in the source. */
  from?: string
  digitisedSince?: string
  note?: string
}

export interface ScenarioEntry {
  /** `P1.1` … `P11.2`, `E1.1` … `E6.1`, `S…` for supervision and social life. */
  id: string
  name: string
  audience: 'person' | 'organisation' | 'supervision' | 'social'
  stage: { no: number; name: string }
  source: { list: string; scene: string }
  /** Scenes the list names under this field (威海 annex 4). */
  scenes?: string[]
  /** Departments as the list prints them. */
  departments?: string
}

export interface ItemEntry {
  /** `rongcheng-p-008`, `rongcheng-p-032-1`: list, letter (p, e, x, y, w, u: catalogs/README.md), number, sub-number. */
  id: string
  name: string
  /** The numbered item it belongs to, where the list groups leaves. */
  group: string
  source: { file: string; no: number; sub: number | null }
  /** Absent where the list has no life-cycle scenes (通办、用证). */
  scenario?: string
  /** Absent where the list prints none. */
  type?: string
  /** Empty where the list prints none. */
  lead: string[]
  collaborating: string[]
  /** Departments as the list prints them. */
  printed: {
    lead: string[]
    collaborating: string[]
    provinceLead?: string[]
    provinceCollaborating?: string[]
    type?: string
  }
  serviceObject?: 'person' | 'organisation'
  /** Where the list says that it serves both. */
  audiences?: ('person' | 'organisation')[]
  levelNote?: string | null
  handlingModes?: string[]
  exerciseLevels?: string[]
  /** Items of other lists that bear the same name. */
  sameAs?: string[]
  /** Certificate types that can be used instead of paper. */
  certificates?: { basis: 'sample' | 'official'; types: string[] }
  basicCode?: string
  version: string
  [further: string]: unknown
}

export interface CodeList {
  id: string
  name: string
  source: string
  codes: Record<string, string>
}

export interface Division {
  code: string
  name: string
  level: 'province' | 'city' | 'county'
  parent: string | null
  validFrom: string
  validTo: string | null
  reserved?: boolean
}

export interface Catalog {
  /** SHA-256 of the RFC 8785 form of everything below, base64url. */
  readonly version: string
  readonly members: ReadonlyMap<string, MemberEntry>
  readonly systems: ReadonlyMap<string, { member: MemberEntry; system: SystemEntry }>
  readonly datasets: ReadonlyMap<string, DatasetEntry>
  readonly scenarios: ReadonlyMap<string, ScenarioEntry>
  readonly items: ReadonlyMap<string, ItemEntry>
  readonly forms: ReadonlyMap<string, FormEntry>
  readonly certificates: ReadonlyMap<string, CertificateEntry>
  readonly fieldSets: ReadonlyMap<string, FieldSetEntry>
  readonly bundles: ReadonlyMap<string, BundleEntry>
  readonly tasks: ReadonlyMap<string, TaskEntry>
  readonly codeLists: ReadonlyMap<string, CodeList>
  readonly divisions: ReadonlyMap<string, Division>
  readonly calendars: ReadonlyMap<string, CalendarEntry>
}
