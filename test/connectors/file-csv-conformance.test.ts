import { renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileCsv } from '../../connectors/file-csv/index.ts'
import { connectorConformance, FIELDS, type Scene, type SourceRow } from '../conformance/connector.ts'
import { cell, type Delivered, dropPlace } from './deliveries.ts'

const HEADER = 'GMSFHM,XM,JE,ZT,CSRQ,SSQ'
const line = ({ id, name, amount, active, born, month }: SourceRow): string =>
  [id, name, String(amount), active ? '1' : '0', born.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'), month]
    .map(cell)
    .join(',')
const CONFIG = {
  endpoint: 'drop',
  keys: { id: 'GMSFHM' },
  fieldMap: { GMSFHM: 'id', XM: 'name', JE: 'amount', ZT: 'active', CSRQ: 'born', SSQ: 'month' },
  dates: { born: 'yyyy-MM-dd' },
}

for (const [how, more] of [
  ['from memory', {}],
  ['read through', { indexMaxBytes: 0 }],
] as const) {
  connectorConformance(`file-csv, ${how}`, async () => ({
    impossible: {
      slow: 'a local file; stopping amid a large one has its own test',
      'server-error': 'a folder has no server',
      'error-code-in-body': 'a file carries no result code',
    },
    async open(scene: Scene, rows: readonly SourceRow[] = []) {
      const place = dropPlace()
      const text = (lines: readonly string[]) => `${[HEADER, ...lines].join('\r\n')}\r\n`
      const put = (body: string, delivered: Delivered = {}) =>
        place.deliver('people', body, { ...delivered, manifest: { count: rows.length, ...delivered.manifest } })
      const whole = text(rows.map(line))
      switch (scene) {
        case 'extra-fields':
          put(`${[`${HEADER},SECRET`, ...rows.map((row) => `${line(row)},x`)].join('\n')}\n`)
          break
        case 'wrong-type':
          put(text(rows.map(line)).replaceAll('12345', 'twelve'))
          break
        case 'garbage':
          put(`${HEADER}\n"371099198803120026 测试`, { manifest: { count: 1 } })
          break
        case 'truncated':
          put(whole, { data: Buffer.from(whole).subarray(0, -5) })
          break
        case 'empty-body':
          put('', { manifest: { count: 0 } })
          break
        case 'huge':
          put(whole, { manifest: { bytes: 3 * 1024 ** 3 } })
          break
        case 'too-many-rows':
          put(text(Array.from({ length: 2_001 }, () => line(rows[0] as SourceRow))), { manifest: { count: 2_001 } })
          break
        case 'redirect':
          put(whole)
          renameSync(join(place.path, 'people.csv'), join(place.path, 'elsewhere'))
          symlinkSync(join(place.path, 'elsewhere'), join(place.path, 'people.csv'))
          break
        default:
          put(whole)
      }
      const url =
        scene === 'outside-network' ? 'file://192.0.2.1/drop' : scene === 'refused' ? `${place.url}/gone` : place.url
      return fileCsv.create(
        { ...CONFIG, ...more },
        {
          datasetId: 'people',
          fields: FIELDS,
          inputs: ['id'],
          networks: [],
          endpoint: { url },
          timeoutMs: 5_000,
          now: () => Date.UTC(2026, 10, 20),
          newId: () => 'id-1',
        },
      )
    },
    running: async () => 0,
    close: async () => undefined,
  }))
}
