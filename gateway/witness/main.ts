import { parseArgs } from 'node:util'
import { createSoftwareCrypto } from '../adapters/crypto/software.ts'
import { parseVkey } from '../log/note-key.ts'
import { serveWitness } from './server.ts'
import { createWitness } from './witness.ts'

/**
 * Runs a witness until it is told to stop: `main.ts --state-dir <dir> --log-vkey <vkey> [--name <name>] [--host <host>]
 * [--port <port>]`. A process of its own, best on another department's machine: it is to be believed when the gateway is not.
 */
export async function runWitness(argv: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...argv],
    options: { 'state-dir': text, 'log-vkey': text, name: text, host: text, port: text },
  })
  const { 'state-dir': stateDir, 'log-vkey': logVkey, name, host, port } = values
  if (stateDir === undefined || logVkey === undefined)
    throw new Error('缺少 --state-dir 或 --log-vkey / --state-dir and --log-vkey are needed')
  const witness = await createWitness({
    stateDir,
    logVkey,
    origin: parseVkey(logVkey).name,
    ...(name === undefined ? {} : { name }),
    crypto: createSoftwareCrypto(),
    now: Date.now,
  })
  const served = await serveWitness(witness, {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
  })
  const stop = (): void => void served.close().then(() => process.connected && process.disconnect?.())
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, stop)
  process.stdout.write(`${JSON.stringify({ url: served.url, vkey: witness.vkey })}\n`)
  process.send?.({ ready: true, url: served.url, vkey: witness.vkey })
}

await runWitness(process.argv.slice(2))
