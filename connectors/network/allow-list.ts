import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** The networks a source may live in (R59). */
export interface AllowList {
  /** `address` is an IP literal; anything else is not allowed. */
  allows(address: string): boolean
}

/**
 * Reads the dataset's declared networks: CIDR ranges or single addresses. An empty list allows nothing.
 *
 * Errors: throws on a line that is neither, naming it.
 */
export function createAllowList(networks: readonly string[]): AllowList {
  const list = new BlockList()
  for (const network of networks) addNetwork(list, network)
  return {
    allows(address) {
      const plain = unmapped(address)
      const family = isIP(plain)
      return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
    },
  }
}

/** Refuses, before any call, an endpoint written as an address outside the networks. Names are judged when they resolve. */
export function assertHostAllowed(host: string, allowed: AllowList): void {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === '') throw new Error('endpoint has no host')
  if (isIP(bare) !== 0 && !allowed.allows(bare)) throw new Error('endpoint host is outside the declared networks')
}

/**
 * A name lookup that hands out allowed addresses only, for use at each connect: a name that later points elsewhere
 * (DNS rebinding, a changed record) leads nowhere.
 *
 * Errors: `EACCES` when the name resolves, but only to addresses outside the networks.
 */
export function guardedLookup(allowed: AllowList, resolve: typeof dnsLookup = dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '', 0)
      const inside = found.filter(({ address }) => allowed.allows(address))
      const [first] = inside
      if (first === undefined) {
        const refused: NodeJS.ErrnoException = new Error('host resolves outside the declared networks')
        refused.code = 'EACCES'
        return callback(refused, '', 0)
      }
      if (options.all) return callback(null, inside)
      callback(null, first.address, first.family)
    })
  }
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/')
  const family = isIP(address)
  const width = family === 6 ? 128 : 32
  if (family === 0 || (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > width))) {
    throw new Error(`\`${network}\` is not a network`)
  }
  list.addSubnet(address, bits === undefined ? width : Number(bits), family === 6 ? 'ipv6' : 'ipv4')
}

/** `::ffff:10.0.0.1` is 10.0.0.1, however it is written. */
function unmapped(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
