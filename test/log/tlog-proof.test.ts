import { describe, expect, it } from 'vitest'
import { inclusionPath } from '../../gateway/log/inclusion.ts'
import { readHashTile } from '../../gateway/log/read-tiles.ts'
import { tileNodes } from '../../gateway/log/tile-nodes.ts'
import { formatProof, parseProof, verifyProof } from '../../gateway/log/tlog-proof.ts'
import { crypto, mapReader, sampleEntries, sampleKeys, sampleLog } from './sample-log.ts'

const keys = sampleKeys()
const entries = sampleEntries(300)

async function proofOf(index: number) {
  const files = await sampleLog(entries, keys)
  const nodes = tileNodes((name) => readHashTile(mapReader(files), name), 300)
  const checkpoint = files.get('checkpoint')!.toString()
  return formatProof({ index, path: await inclusionPath(nodes, index, 300), checkpoint, extra: Buffer.from('more') })
}

describe('tlog-proof', () => {
  it.each([0, 255, 256, 299])('of entry %i holds for that entry and no other', async (index) => {
    const text = await proofOf(index)
    const proof = parseProof(text)
    expect(formatProof(proof)).toBe(text)
    expect(proof.extra?.toString()).toBe('more')
    expect((await verifyProof(crypto, proof, entries[index]!, [keys.log.noteKey])).size).toBe(300)
    await expect(verifyProof(crypto, proof, entries[1]!, [keys.log.noteKey])).rejects.toMatchObject({
      name: 'ProofError',
    })
    await expect(verifyProof(crypto, proof, entries[index]!, [sampleKeys().log.noteKey])).rejects.toMatchObject({
      name: 'NoteError',
    })
  })

  it.each([
    { name: 'another first line', change: (text: string) => text.replace('@v1', '@v2') },
    { name: 'an index with a leading zero', change: (text: string) => text.replace('index 2', 'index 02') },
    { name: 'a short hash', change: (text: string) => text.replace(/\n.{44}\n/, '\nAAAA\n') },
    { name: 'no checkpoint', change: (text: string) => text.slice(0, text.indexOf('\n\n') + 1) },
  ])('refuses $name', async ({ change }) => {
    expect(() => parseProof(change(text))).toThrow(expect.objectContaining({ name: 'ProofError' }))
  })
  const text = formatProof({ index: 2, path: [Buffer.alloc(32)], checkpoint: 'c\n' })
})
