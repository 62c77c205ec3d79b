import { describe, expect, it } from 'vitest'
import { createPoolsByEndpoint } from '../../connectors/network/shared-by-endpoint.ts'

describe('createPoolsByEndpoint', () => {
  const setUp = () => {
    const closed: number[] = []
    let opened = 0
    const lease = createPoolsByEndpoint<number>(
      () => ++opened,
      async (pool) => void closed.push(pool),
    )
    return { lease, closed }
  }
  const endpoint = { url: 'http://a', secret: { k: 's' } }

  it('shares one pool among the datasets of an endpoint, whatever the order of their networks', () => {
    const { lease } = setUp()
    expect(lease(endpoint, ['10.0.0.0/8', '127.0.0.1']).pool).toBe(
      lease({ ...endpoint }, ['127.0.0.1', '10.0.0.0/8']).pool,
    )
  })
  it.each<[string, object, string[]]>([
    ['another address', { url: 'http://b' }, ['10.0.0.0/8']],
    ['another login', { secret: { k: 't' } }, ['10.0.0.0/8']],
    ['another list of networks', {}, ['10.0.0.0/16']],
  ])('opens another for %s', (_name, change, networks) => {
    const { lease } = setUp()
    expect(lease({ ...endpoint, ...change }, networks).pool).not.toBe(lease(endpoint, ['10.0.0.0/8']).pool)
  })
  it('closes it with the last user, once, and opens a new one after', async () => {
    const { lease, closed } = setUp()
    const [first, second] = [lease(endpoint, []), lease(endpoint, [])]
    await first.release()
    await first.release()
    expect(closed).toEqual([])
    await second.release()
    expect(closed).toEqual([1])
    expect(lease(endpoint, []).pool).toBe(2)
  })
})
