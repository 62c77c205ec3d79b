import { describe, expect, it } from 'vitest'
import { assertHostAllowed, createAllowList, guardedLookup } from '../../connectors/network/allow-list.ts'

describe('createAllowList', () => {
  it.each([
    ['10.82.3.7', ['10.82.0.0/16'], true],
    ['10.83.3.7', ['10.82.0.0/16'], false],
    ['127.0.0.1', ['127.0.0.1'], true],
    ['::ffff:127.0.0.1', ['127.0.0.1'], true],
    ['::ffff:10.0.0.1', ['127.0.0.1'], false],
    ['::1', ['::1/128'], true],
    ['::1', ['127.0.0.0/8'], false],
    ['127.0.0.1', [], false],
    ['localhost', ['0.0.0.0/0'], false],
  ])('%s in %j: %s', (address, networks, want) => {
    expect(createAllowList(networks).allows(address)).toBe(want)
  })
  it.each([['10.0.0.0/33'], ['10.0.0/8'], ['example'], ['10.0.0.0/'], ['']])('refuses `%s` as a network', (network) => {
    expect(() => createAllowList([network])).toThrow('is not a network')
  })
})

describe('assertHostAllowed', () => {
  const allowed = createAllowList(['10.0.0.0/8'])
  it.each([['192.0.2.1'], ['[::1]'], ['']])('refuses `%s`', (host) => {
    expect(() => assertHostAllowed(host, allowed)).toThrow()
  })
  it.each([['10.1.2.3'], ['db.rongcheng.internal']])('lets `%s` through to the connect', (host) => {
    expect(() => assertHostAllowed(host, allowed)).not.toThrow()
  })
})

describe('guardedLookup', () => {
  const resolveTo = (addresses: string[]) =>
    ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      )) as never
  const look = (addresses: string[], all: boolean) =>
    new Promise((resolve) =>
      guardedLookup(createAllowList(['10.0.0.0/8']), resolveTo(addresses))('name', { all }, (error, found) =>
        resolve(error?.code ?? found),
      ),
    )
  it('hands out the allowed addresses only', async () => {
    expect(await look(['192.0.2.1', '10.0.0.5'], false)).toBe('10.0.0.5')
    expect(await look(['192.0.2.1', '10.0.0.5'], true)).toEqual([{ address: '10.0.0.5', family: 4 }])
  })
  it('refuses a name that points elsewhere', async () => {
    expect(await look(['192.0.2.1'], true)).toBe('EACCES')
  })
})
