import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import * as cast from '../../seeds/population/cast.ts'
import { freshDatabase } from '../support/services.ts'
import { connect } from './sources.ts'

const CHECKOUT = resolve(import.meta.dirname, '../..')

it('the sample providers run as a process, write the endpoints file and end on SIGTERM', {
  timeout: 60_000,
}, async () => {
  const database = await freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'providers-'))
  const file = join(folder, 'endpoints.json')
  const child = spawn(process.execPath, ['--import', 'tsx', 'seeds/providers/main.ts', file], {
    cwd: CHECKOUT,
    env: { ...process.env, PROVIDERS_DATABASE_URL: database.ownerUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    expect(JSON.parse(line)).toMatchObject({ ready: true })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const endpoints = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Endpoint>
    const asked: [string, Record<string, string>][] = [
      ['social-insurance', { idNumber: cast.FATHER.id }],
      ['business-licence', { uscc: cast.COMPANY.id }],
    ]
    for (const [id, inputs] of asked) {
      const { ask, connector } = connect(id, endpoints)
      expect((await ask(inputs)).records.length).toBeGreaterThan(0)
      await connector.close()
    }
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(0)
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    await database.drop()
  }
})
