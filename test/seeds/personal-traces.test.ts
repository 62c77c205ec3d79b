import { describe, expect, it } from 'vitest'
import { finderOf } from '../../seeds/demo/personal-traces.ts'

describe('the search for personal values', () => {
  const needles = ['371099198803120026', '测试王小明', '测试王', '91371082MA3C00X']
  const find = finderOf(needles)
  it.each([
    ['at the start', '371099198803120026 and more', 0],
    ['at the end', 'more 测试王小明', 1],
    ['a shorter one inside another word', 'x测试王大', 2],
    ['behind a near miss', '37109937109919880312002637', 0],
    ['in JSON', '{"a":"91371082MA3C00X"}', 3],
  ])('finds one %s', (_where, text, at) => expect(find(text)).toBe(at))
  it.each(['', '37109919880312002', '测试', 'nothing here', '3710991988031200-26'])('finds none in %j', (text) => {
    expect(find(text)).toBe(-1)
  })
  it('agrees with looking for each in turn', () => {
    const texts = ['测试王', '测试', `${needles[0]}${needles[3]}`, needles.join(''), 'a91371082MA3C00', '测测试王小明']
    for (const text of texts) expect(find(text) >= 0, text).toBe(needles.some((needle) => text.includes(needle)))
  })
})
