import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../gateway/cli/commands.ts'
import { suggest } from '../../gateway/cli/suggest.ts'
import { run } from './run.ts'

describe('help', () => {
  it.each(COMMANDS.map(({ name }) => name))('`help %s` is in both languages, Chinese first', async (name) => {
    const { code, out, err } = await run(['help', ...name.split(' ')])
    expect([code, err]).toEqual([0, ''])
    const { zh, en } = COMMANDS.find((command) => command.name === name)!
    expect(out.indexOf(zh)).toBe(0)
    expect(out.indexOf(en)).toBeGreaterThan(0)
    expect(out).toContain('退出码 Exit codes')
  })
  it('turns round for an English reader', async () => {
    const { out } = await run(['grant', 'list', '--help', '--lang', 'en'])
    expect(out.startsWith('list grants')).toBe(true)
    expect(out).toContain('列出授权')
  })
  it('`--help` after a command is the same as `help` before it', async () => {
    expect((await run(['evidence', 'verify', '--help'])).out).toBe((await run(['help', 'evidence', 'verify'])).out)
  })
  it('lists all commands, or those of a group', async () => {
    const { out } = await run(['--help'])
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name}`)
    const group = await run(['help', 'keys'])
    expect(group.out).toContain('keys rotate')
    expect(group.out).not.toContain('grant list')
  })
  it('prints the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: '0.1.0\n' })
  })
  it.each([{ argv: [] }, { argv: ['grant'] }])(
    'a missing command is wrong usage, told on stderr: $argv',
    async ({ argv }) => {
      const { code, out, err } = await run(argv)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('grant list')
    },
  )
})

describe('wrong usage exits 2 and says what is wrong', () => {
  it.each([
    { argv: ['grnt', 'list'], zh: '没有命令 grnt list，是否想用 grant list' },
    { argv: ['quer', 'request.json'], zh: '是否想用 query' },
    { argv: ['grant', 'lst'], zh: '是否想用 grant list' },
    { argv: ['nonsense'], zh: '没有命令 nonsense' },
    { argv: ['grant', 'list', '--scenari', 'P2.1'], zh: '没有选项 --scenari，是否想用 --scenario' },
    { argv: ['grant', 'list', '-s', 'P2.1'], zh: '没有选项 -s' },
    { argv: ['grant', 'list', '--status', 'odd'], zh: '选项 --status 只能是 draft | active' },
    { argv: ['grant', 'list', '--scenario'], zh: '选项 --scenario 缺少值' },
    { argv: ['grant', 'list', '--scenario='], zh: '选项 --scenario 缺少值' },
    { argv: ['grant', 'list', '--scenario', '--status', 'active'], zh: '选项 --scenario 缺少值' },
    { argv: ['grant', 'list', '--scenario', 'a', '--scenario', 'b'], zh: '只能给一次' },
    { argv: ['grant', 'list', '--json=yes'], zh: '选项 --json 不带值' },
    { argv: ['grant', 'list', 'extra'], zh: '多余的参数 extra' },
    { argv: ['grant', 'show'], zh: '缺少 <授权 id>' },
    { argv: ['grant', 'suspend', 'g1'], zh: '缺少 --reason、--by' },
    { argv: ['grant', 'list', '--lang', 'fr'], zh: '选项 --lang 只能是 zh | en' },
    { argv: ['grant', 'list', '--constructor', 'x'], zh: '没有选项 --constructor' },
  ])('$argv', async ({ argv, zh }) => {
    const { code, out, err } = await run(argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(zh)
  })
  it('shows the usage of the command', async () => {
    expect((await run(['grant', 'show'])).err).toContain('guanyi grant show <授权 id>')
  })
  it('says so in English when asked to, also before the command', async () => {
    expect((await run(['--lang', 'en', 'grant', 'show'])).err).toContain('missing <授权 id>')
  })
})

describe('languages and programs', () => {
  it.each([
    { env: {}, says: '缺少环境变量 DATABASE_URL' },
    { env: { LANG: 'C.UTF-8' }, says: '缺少环境变量 DATABASE_URL' },
    { env: { LANG: 'zh_CN.UTF-8' }, says: '缺少环境变量 DATABASE_URL' },
    { env: { LANG: 'en_US.UTF-8' }, says: 'environment variable DATABASE_URL is missing' },
    { env: { LANG: 'en_US.UTF-8', LC_ALL: 'zh_CN.UTF-8' }, says: '缺少环境变量 DATABASE_URL' },
  ])('$env', async ({ env, says }) => {
    expect(await run(['grant', 'list'], { env })).toMatchObject({ code: 3, err: expect.stringContaining(says) })
  })
  it('with --json a failure is a document on stdout, too', async () => {
    const ran = await run(['grant', 'list', '--json'])
    expect(ran.code).toBe(3)
    expect(ran.json()).toMatchObject({ error: { exit: 3, zh: '缺少环境变量 DATABASE_URL' } })
    expect((await run(['grant', 'lst', '--json'])).json()).toMatchObject({ error: { exit: 2 } })
  })
  it('colours only on a screen, and never against NO_COLOR', async () => {
    const control = '\u001b['
    expect((await run(['grant', 'list'], { tty: true })).err).toContain(control)
    expect((await run(['grant', 'list'], { tty: false })).err).not.toContain(control)
    expect((await run(['grant', 'list'], { tty: true, env: { NO_COLOR: '1' } })).err).not.toContain(control)
    expect((await run(['grant', 'list'], { tty: true, env: { TERM: 'dumb' } })).err).not.toContain(control)
  })
  it('stops at Ctrl-C with 130', async () => {
    const stop = AbortSignal.abort()
    expect(await run(['catalog', 'check', 'catalogs'], { interrupted: stop })).toMatchObject({
      code: 130,
      out: '',
      err: '已中断\n',
    })
  })
})

describe('suggest', () => {
  const known = ['serve', 'query', 'verify', 'grant list', 'grant revoke']
  it.each([
    { word: 'sevre', want: ['serve'] },
    { word: 'quer', want: ['query'] },
    { word: 'grant lsit', want: ['grant list'] },
    { word: 'zzzzzz', want: [] },
  ])('$word', ({ word, want }) => expect(suggest(word, known)).toEqual(want))
})
