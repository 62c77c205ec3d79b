import { describe, expect, it } from 'vitest'
import { cosignatureNoteKey, formatVkey } from '../../gateway/log/note-key.ts'
import { parsePolicy } from '../../gateway/log/policy.ts'
import { sampleKeys } from './sample-log.ts'

const log = sampleKeys().log.noteKey
const witnesses = ['x1', 'x2', 'x3', 'y1'].map((name) => cosignatureNoteKey(name, sampleKeys(name).log.signingKey.key))
const [x1, x2, x3, y1] = witnesses as [typeof log, typeof log, typeof log, typeof log]

const lines = [
  '# 见证策略',
  `log ${formatVkey(log)} https://gateway.example/log`,
  ...witnesses.map((key) => `\twitness ${key.name} ${formatVkey(key)}`),
  'group X 2 x1 x2 x3',
  'group Y any y1',
  'group both all X Y',
]
const text = (...more: string[]) => `${[...lines, ...more].join('\n')}\n`

describe('policy', () => {
  it('counts through groups', () => {
    const policy = parsePolicy(text('quorum both'))
    expect(policy.logs[0]).toMatchObject({ key: { name: log.name }, url: 'https://gateway.example/log' })
    expect(policy.witnesses.length).toBe(4)
    expect(policy.isSatisfiedBy([x1, x3, y1])).toBe(true)
    expect(policy.isSatisfiedBy([x1, x2, x3])).toBe(false)
    expect(policy.isSatisfiedBy([x1, y1])).toBe(false)
  })

  it('none asks nobody', () => expect(parsePolicy('quorum none\n').isSatisfiedBy([])).toBe(true))

  it.each([
    { name: 'no quorum', bad: text() },
    { name: 'two quorums', bad: text('quorum X', 'quorum Y') },
    { name: 'an unknown name', bad: text('quorum Z') },
    { name: 'a name defined later', bad: text('group A any B', 'group B any y1', 'quorum A') },
    { name: 'a threshold above the members', bad: text('group A 2 both', 'quorum A') },
    { name: 'a member counted twice', bad: text('group A any X', 'quorum A') },
    { name: 'a name taken twice', bad: text('group X any both', 'quorum X') },
    { name: 'a witness listed twice', bad: text(`witness again ${formatVkey(x1)}`, 'quorum X') },
    { name: 'a witness key that signs checkpoints', bad: text(`witness z ${formatVkey(log)}`, 'quorum X') },
    { name: 'an unknown word', bad: text('quorums X') },
    { name: 'no key', bad: text('witness z none', 'quorum X') },
  ])('refuses $name', ({ bad }) =>
    expect(() => parsePolicy(bad)).toThrow(expect.objectContaining({ name: 'PolicyError' })),
  )
})
