/**
 * The two departments' own tables, named as such systems name them: 人社 after the 金保 field codes, 公积金 in pinyin
 * initials. Money is yuan there, dates are dates.
 */
export const TABLES = {
  rsj: `
    create table rsj.ac01 (aac001 integer primary key, aac002 text not null unique, aac003 text not null);
    create table rsj.ae10 (aab001 integer primary key, aab998 text not null unique, aab004 text not null);
    create table rsj.ac43 (aac001 integer not null references rsj.ac01, aab001 integer not null references rsj.ae10,
      aae140 text not null, aae003 integer not null, aac040 numeric(12,2) not null, aae022 numeric(12,2) not null,
      aae020 numeric(12,2) not null, aae114 text not null, aab301 text not null, aae036 timestamptz not null);`,
  gjj: `
    create table gjj.gr_zh (grzh text primary key, zjhm text not null, xingming text not null, khrq date not null,
      grzhzt text not null, grjcjs numeric(12,2) not null, grjcbl numeric(5,3) not null, dwtyxydm text not null,
      dwmc text not null, grzhye numeric(12,2) not null, dkbz text not null);
    create table gjj.gr_jcmx (grzh text not null references gjj.gr_zh, jcny text not null, gryjce numeric(12,2) not null,
      dwyjce numeric(12,2) not null, gxsj timestamptz not null, primary key (grzh, jcny));`,
} as const

/** Made after the rows are in. */
export const INDEXES = {
  rsj: 'create index on rsj.ac43 (aac001)',
  gjj: 'create index on gjj.gr_zh (zjhm)',
} as const

export type Schema = keyof typeof TABLES
