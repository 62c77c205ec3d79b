import { isObject } from '../json.ts'

/** How many values an issuer-signed payload holds behind digests, shown or not. Only for text whose signature is good. */
export function countDigests(compact: string): number {
  const payload = compact.split('~')[0]!.split('.')[1]!
  return count(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
}

function count(node: unknown): number {
  if (Array.isArray(node)) return node.reduce((sum: number, each) => sum + count(each), 0)
  if (!isObject(node)) return 0
  const own = (Array.isArray(node._sd) ? node._sd.length : 0) + ('...' in node ? 1 : 0)
  return Object.entries(node).reduce((sum, [name, member]) => sum + (name === '_sd' ? 0 : count(member)), own)
}
