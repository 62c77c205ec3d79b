import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Endpoint } from '../../../gateway/ports/connector.ts'
import { dashed } from '../../population/dates.ts'
import type { Population } from '../../population/types.ts'
import { encodeGb18030 } from './gb18030.ts'

const HEADER = ['姓名', '公民身份号码', '优待证号', '入伍日期', '退役日期', '安置方式', '残疾等级', '报到单位', '状态']

/** 退役军人事务: the yearly list of veterans as an office program saves it, put into the drop folder with its manifest. */
export async function deliverVeterans(folder: string, city: Population): Promise<Endpoint> {
  const rows = city.veterans.map((veteran) => [
    city.people.get(veteran.personId)!.name,
    veteran.personId,
    veteran.certificate,
    veteran.enlistedOn,
    veteran.dischargedOn,
    veteran.placement,
    veteran.disabilityGrade ?? '',
    '测试荣成市退役军人服务中心',
    '01',
  ])
  const data = encodeGb18030([HEADER, ...rows].map((row) => `${row.join(',')}\r\n`).join(''))
  await deliver(join(folder, 'veterans'), `veterans-${city.today}`, data, {
    count: rows.length,
    charset: 'gb18030',
    asOf: `${dashed(city.today)}T00:00:00+08:00`,
  })
  return { url: pathToFileURL(folder).href }
}

/** One delivery: the data file, then its manifest in one step, so that no reader sees half of it. */
export async function deliver(
  folder: string,
  name: string,
  data: Buffer,
  manifest: { count: number; charset: string; asOf: string },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const digest = { alg: 'SM3', value: createHash('sm3').update(data).digest('hex') }
  const said = { file: `${name}.csv`, bytes: data.length, ...manifest, digest }
  await writeFile(join(folder, `${name}.csv`), data, { mode: 0o600 })
  await writeFile(join(folder, `.${name}`), JSON.stringify(said, null, 2), { mode: 0o600 })
  await rename(join(folder, `.${name}`), join(folder, `${name}.manifest.json`))
}
