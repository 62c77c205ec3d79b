import { BlockList, isIP } from 'node:net'

const lists = new Map<string, BlockList>()

/** True when the address lies in one of the CIDR ranges; a malformed address lies in none. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  const family = isIP(plain)
  if (family === 0) return false
  return networks.some((cidr) => blockList(cidr).check(plain, family === 6 ? 'ipv6' : 'ipv4'))
}

function blockList(cidr: string): BlockList {
  let list = lists.get(cidr)
  if (list === undefined) {
    const [base, bits] = cidr.split('/')
    const family = isIP(base!) === 6 ? 'ipv6' : 'ipv4'
    list = new BlockList()
    list.addSubnet(base!, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
    lists.set(cidr, list)
  }
  return list
}

/**
 * The caller's address: the peer's, or, where the peer is a trusted proxy, the last address in `X-Forwarded-For` that
 * no trusted proxy wrote.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | undefined,
  trustedProxies: readonly string[],
): string | null {
  if (peer === null || trustedProxies.length === 0 || !inNetworks(peer, trustedProxies)) return peer
  const hops = (forwardedFor ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean)
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return peer
    if (!inNetworks(hop, trustedProxies)) return hop
  }
  return peer
}
