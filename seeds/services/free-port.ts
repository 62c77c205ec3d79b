import { createServer } from 'node:net'

/**
 * Finds a TCP port nobody listens on at 127.0.0.1; `wanted` is given back when it is free.
 *
 * The port is only looked at, not held: whoever binds it must be ready to lose the race and ask again.
 */
export async function freePort(wanted = 0): Promise<number> {
  const got = await tryPort(wanted)
  return got ?? (await tryPort(0)) ?? Promise.reject(new Error('no free port on 127.0.0.1'))
}

/** Below where systems take ports for outgoing calls and for servers that ask for any. */
const QUIET = { from: 18_000, count: 12_000 }

/**
 * A free port that stays free until its server starts, some seconds later: nothing takes one there by itself. For
 * servers whose address others must know beforehand.
 */
export async function quietPort(random: () => number = Math.random): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const wanted = QUIET.from + Math.floor(random() * QUIET.count)
    if ((await tryPort(wanted)) === wanted) return wanted
  }
  return freePort()
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}
