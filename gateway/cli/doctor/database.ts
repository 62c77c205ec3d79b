import { appliedSteps, standingOf } from '../../adapters/postgres/applied-steps.ts'
import { EXPECTED_SCHEMA } from '../../adapters/postgres/migrations/index.ts'
import { withSession } from './database-session.ts'
import { type Check, causeOf, type Finding, findings } from './finding.ts'
import { roleFindings } from './service-role.ts'

const subject = { check: 'postgres', name: { zh: 'PostgreSQL', en: 'PostgreSQL' } }
const schema = findings({ check: 'schema', name: { zh: '数据库结构', en: 'database schema' } })
const durability = findings({ check: 'durability', name: { zh: '落盘保证', en: 'durability' } })
const clock = findings({ check: 'clock', name: { zh: '与数据库的时钟差', en: 'clock against the database' } })

/** Requests may be off by 30 s; a server off by more than a few seconds is on its way there. */
const CLOCK_WARN_MS = 1_000
const CLOCK_FAIL_MS = 10_000

export const databaseCheck: Check = {
  ...subject,
  async run({ env, io }) {
    const { ok, fail, skipped } = findings(subject)
    const url = env.DATABASE_URL
    if (!url) return [skipped({ zh: '未设 DATABASE_URL', en: 'DATABASE_URL is not set' })]
    try {
      return await withSession(url, async (client): Promise<Finding[]> => {
        const sentMs = io.now()
        const { rows } = await client.query<{
          version: string
          ms: number
          commit: string
          fsync: string
          standby: boolean
        }>(
          `select current_setting('server_version') as version, (extract(epoch from clock_timestamp()) * 1000)::float8 as ms,
                  current_setting('synchronous_commit') as commit, current_setting('fsync') as fsync, pg_is_in_recovery() as standby`,
        )
        const { version, ms, commit, fsync, standby } = rows[0]!
        const found = [
          ok(version),
          durabilityFinding(commit, fsync, standby),
          clockFinding(ms - (sentMs + io.now()) / 2),
        ]
        const steps = await appliedSteps(url)
        found.push(schemaFinding(steps ?? []))
        return steps === null ? found : [...found, ...(await roleFindings(client, io.now()))]
      })
    } catch (thrown) {
      return [
        fail(causeOf(thrown), {
          zh: '核对 DATABASE_URL，确认 PostgreSQL 已启动、网络可达；连不上时网关不放行任何数据',
          en: 'check DATABASE_URL, that PostgreSQL runs and the network; while it is away nothing is released',
        }),
      ]
    }
  },
}

function durabilityFinding(commit: string, fsync: string, standby: boolean): Finding {
  const detail = `synchronous_commit=${commit}, fsync=${fsync}`
  if (standby)
    return durability.fail('standby', {
      zh: '这是只读备库，请指向主库',
      en: 'a read-only standby; point to the primary',
    })
  if (commit === 'off' || fsync === 'off') {
    return durability.fail(detail, {
      zh: '把 synchronous_commit 与 fsync 设为 on：否则已答复的交换可能丢失留痕，网关拒绝启动',
      en: 'set synchronous_commit and fsync to on: records of answered exchanges could be lost; the gateway refuses to start',
    })
  }
  return durability.ok(detail)
}

function clockFinding(offsetMs: number): Finding {
  const detail = `${Math.round(offsetMs)} ms`
  const fix = {
    zh: '检查两台机器的时间同步（chrony/NTP）',
    en: 'check time synchronisation (chrony/NTP) on both machines',
  }
  if (Math.abs(offsetMs) > CLOCK_FAIL_MS) return clock.fail(detail, fix)
  return Math.abs(offsetMs) > CLOCK_WARN_MS ? clock.warn(detail, fix) : clock.ok(detail)
}

function schemaFinding(applied: readonly string[]): Finding {
  const { missing, unknown } = standingOf(applied)
  if (missing.length > 0)
    return schema.fail(`− ${missing.join(', ')}`, {
      zh: '缺这些步骤：运行 guanyi migrate',
      en: 'steps are missing: run `guanyi migrate`',
    })
  if (unknown.length > 0)
    return schema.warn(`+ ${unknown.join(', ')}`, {
      zh: '数据库比本程序新，请升级本程序',
      en: 'the database is newer than this program; upgrade it',
    })
  return schema.ok(EXPECTED_SCHEMA)
}
