import { isIP } from 'node:net'
import { type EntryFault, fault } from '../fault.ts'

/** True for an address or address/prefix, IPv4 or IPv6. */
export function isNetwork(text: string): boolean {
  const [address, prefix, ...rest] = text.split('/')
  const version = isIP(address!)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

export function* networksMustParse(networks: readonly string[], path: EntryFault['path']): Iterable<EntryFault> {
  for (const [index, network] of networks.entries()) {
    if (!isNetwork(network))
      yield fault([...path, index], 'network', '不是有效的网段', 'is not a network in CIDR notation')
  }
}
