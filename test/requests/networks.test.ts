import { describe, expect, it } from 'vitest'
import { clientAddress, inNetworks } from '../../gateway/requests/networks.ts'

describe('client address', () => {
  it.each([
    {
      name: 'the peer itself without trusted proxies',
      peer: '10.0.0.9',
      forwarded: '1.2.3.4',
      trusted: [],
      want: '10.0.0.9',
    },
    {
      name: 'a header from an untrusted peer is ignored',
      peer: '10.0.0.9',
      forwarded: '1.2.3.4',
      trusted: ['192.168.0.0/16'],
      want: '10.0.0.9',
    },
    {
      name: 'the last hop no trusted proxy wrote',
      peer: '10.0.0.9',
      forwarded: '6.6.6.6, 1.2.3.4, 10.0.0.3',
      trusted: ['10.0.0.0/8'],
      want: '1.2.3.4',
    },
    {
      name: 'a forged first hop does not win',
      peer: '10.0.0.9',
      forwarded: '127.0.0.1, 9.9.9.9',
      trusted: ['10.0.0.0/8'],
      want: '9.9.9.9',
    },
    {
      name: 'garbage falls back to the peer',
      peer: '10.0.0.9',
      forwarded: 'x',
      trusted: ['10.0.0.0/8'],
      want: '10.0.0.9',
    },
    { name: 'no peer, no address', peer: null, forwarded: '1.2.3.4', trusted: ['10.0.0.0/8'], want: null },
  ])('$name', ({ peer, forwarded, trusted, want }) => {
    expect(clientAddress(peer, forwarded, trusted)).toBe(want)
  })
  it('knows IPv4 written as IPv6, IPv6 ranges, and refuses what is no address', () => {
    expect(inNetworks('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBe(true)
    expect(inNetworks('fd00::1', ['fd00::/8'])).toBe(true)
    expect(inNetworks('10.1.2.3', ['fd00::/8'])).toBe(false)
    expect(inNetworks('ten', ['0.0.0.0/0'])).toBe(false)
  })
})
