import { Socket } from 'node:net'
import { type AllowList, guardedLookup } from './allow-list.ts'

/** A TCP socket that connects only into the declared networks, for drivers that call `connect(port, host)` themselves. */
export function guardedSocket(allowed: AllowList): Socket {
  const socket = new Socket()
  const connect = socket.connect.bind(socket) as (options: object) => Socket
  const lookup = guardedLookup(allowed)
  socket.connect = ((port: number, host: string) => connect({ port, host, lookup })) as Socket['connect']
  return socket
}
