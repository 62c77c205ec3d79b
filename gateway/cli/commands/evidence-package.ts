import { readFile } from 'node:fs/promises'
import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import type { Check } from '../../evidence-package/types.ts'
import { type VerifiedPackage, verifyPackage } from '../../evidence-package/verify.ts'
import { ZipError } from '../../evidence-package/zip.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { printable } from '../layout/printable.ts'
import type { Terminal } from '../terminal.ts'

export const evidencePackageVerify: Command = {
  name: 'evidence-package verify',
  zh: '离线核验证据包：清单、签名、条目、授权、存证证明',
  en: 'check an evidence package offline: manifest, signatures, entry, grants, proof',
  positionals: ['<证据包 zip>'],
  options: {
    jwks: {
      value: '文件 file',
      zh: '另行取得的网关公钥（JWKS），代替包内的',
      en: 'the gateway’s keys obtained elsewhere',
    },
    vkey: {
      value: '文件 file',
      zh: '另行取得的日志公钥，代替包内的',
      en: 'the log’s verifier key(s) obtained elsewhere',
    },
  },
  notes: [
    {
      zh: '不连网络、不用数据库。公钥取自包内时只能说明包内自洽；请用 --jwks 与 --vkey 给出从运行机关取得的公钥。有一项不符时退出码为 4。',
      en: 'No network, no database. With the package’s own keys the result only says that the package agrees with itself; give keys you got from the operator of the gateway. Exit code 4 when a check fails.',
    },
  ],
  examples: ['guanyi evidence-package verify guanyi-evidence-0199….zip --jwks gateway.jwks.json --vkey log.vkey'],
  async run(input) {
    const [jwks, vkey] = [input.text('jwks'), input.text('vkey')]
    const archive = await bytesOf(input.positionals[0]!)
    const verified = await verifyPackage(archive, createSoftwareCrypto(), {
      ...(jwks !== undefined && { jwks: await bytesOf(jwks) }),
      ...(vkey !== undefined && { logVkeys: (await bytesOf(vkey)).toString('utf8') }),
    }).catch((thrown: unknown) => {
      // Whatever is wrong with the file, the package is not verified; nothing in it is quoted.
      const why = thrown instanceof ZipError ? thrown.message : 'its content cannot be read'
      throw new CliError(EXIT.unverified, {
        zh: `这不是完好的证据包：${why}`,
        en: `no well-formed evidence package: ${why}`,
      })
    })
    return {
      exit: verified.ok ? EXIT.done : EXIT.unverified,
      json: verified,
      text: (terminal) => report(verified, terminal),
    }
  },
}

const bytesOf = (path: string): Promise<Buffer> =>
  readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    throw usageError(`读不到文件 ${path}（${thrown.code}）`, `cannot read file ${path} (${thrown.code})`)
  })

function report({ ok, manifest, checks, attested, keysGiven }: VerifiedPackage, terminal: Terminal): string {
  const { say, green, red, yellow, dim } = terminal
  const SIGNS: Record<Check['result'], string> = {
    passed: green('✓'),
    failed: red('✗'),
    'not-possible': yellow('○'),
    'not-applicable': dim('-'),
  }
  const lines = checks.map((check) => `${SIGNS[check.result]} ${say(check)}  ${dim(printable(say(check.detail)))}`)
  const head = say({
    zh: `记录 ${manifest?.exchangeId ?? '?'}，日志第 ${manifest?.index ?? '?'} 号，${manifest?.builtAt ?? '?'} 制作`,
    en: `record ${manifest?.exchangeId ?? '?'}, log index ${manifest?.index ?? '?'}, made ${manifest?.builtAt ?? '?'}`,
  })
  const verdict = ok
    ? green(say({ zh: '核验通过：没有不符之处', en: 'verified: nothing fails' }))
    : red(say({ zh: '核验未通过', en: 'not verified' }))
  const caution = keysGiven
    ? []
    : [
        yellow(
          say({
            zh: '注意：公钥取自包内，只说明包内自洽；请用 --jwks、--vkey 给出从运行机关取得的公钥',
            en: 'note: the keys came from the package itself; give the gateway’s own with --jwks and --vkey',
          }),
        ),
      ]
  const vouched = attested.map((check) => {
    const by = say({ zh: '网关所证明，不能离线重算', en: 'vouched for by the gateway; cannot be repeated offline' })
    return `${SIGNS[check.result]} ${say(check)}  ${dim(printable(`${say(check.detail)}（${by}）`))}`
  })
  return [printable(head), ...lines, ...vouched, verdict, ...caution].join('\n')
}
