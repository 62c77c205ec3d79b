import { BlockList, isIP } from 'node:net'

/**
 * A client address as both Cedar and `BlockList` read it: IPv4-mapped IPv6 becomes IPv4, since a dual-stack listener
 * reports `::ffff:10.1.2.3` for a client the grant knows as `10.1.2.3`. `null` for anything that is no plain address.
 */
export function plainAddress(address: string | null): string | null {
  if (address === null) return null
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  // Zone ids and other embedded IPv4 forms are addresses to Node but not to Cedar: a network condition is then not met.
  if (isIP(plain) === 0 || plain.includes('%') || (plain.includes(':') && plain.includes('.'))) return null
  return plain
}

/** True when the CIDR network (or single address) holds the plain address; false for malformed networks. */
export function networkHolds(network: string, address: string): boolean {
  const [base = '', bits] = network.split('/')
  const family = isIP(base)
  if (family === 0 || family !== isIP(address)) return false
  const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits)
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(base, prefix, type)
  return list.check(address, type)
}

/**
 * The first of the grant's networks that holds the address, or `null`.
 *
 * Cedar has no quantifier over sets, so the engine offers this network as a witness and the policy proves it: that it is
 * one of the grant's, and that the address lies in it. A wrong witness can only refuse, never permit.
 */
export function witnessNetwork(networks: readonly string[], address: string | null): string | null {
  if (address === null) return null
  return networks.find((network) => networkHolds(network, address)) ?? null
}
