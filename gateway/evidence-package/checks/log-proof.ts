import { parseVkey } from '../../log/note-key.ts'
import { parseProof, verifyProof } from '../../log/tlog-proof.ts'
import { FILE } from '../names.ts'
import type { Check } from '../types.ts'
import { failed, jsonOf, type Material, notPossible, passed, textOf } from './check.ts'

/** The entry stands in the published log, at its index, under a signed checkpoint. */
export async function proofCheck({ files, entry, crypto }: Material): Promise<Check> {
  const title = { id: 'log-proof', zh: '条目在公开日志之中', en: 'the entry is in the published log' }
  const proofText = files.get(FILE.proof)?.toString('utf8')
  const vkeys = textOf(files, FILE.logVkey)?.split('\n').filter(Boolean) ?? []
  if (proofText === undefined || vkeys.length === 0) {
    return {
      ...title,
      ...notPossible(
        '制作时尚无存证证明，可稍后用记录编号另取',
        'there was no proof yet; ask for it later by the record’s id',
      ),
    }
  }
  try {
    const proof = parseProof(proofText)
    const index = jsonOf<{ index: string }>(files, FILE.columns)?.index
    const { origin, size, verified } = await verifyProof(crypto, proof, files.get(FILE.entry)!, vkeys.map(parseVkey))
    if (String(proof.index) !== index || origin !== entry.gateway)
      return { ...title, ...failed('证明属于另一条记录或另一日志', 'the proof is for another record or log') }
    return {
      ...title,
      ...passed(
        `第 ${index} 号条目在 ${size} 条的日志之中，检查点有 ${verified.length} 个已核验的签名`,
        `entry ${index} is in the log of ${size} entries; ${verified.length} signature(s) of the checkpoint verified`,
      ),
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : 'unreadable'
    return { ...title, ...failed(`证明不成立（${why}）`, `the proof does not hold (${why})`) }
  }
}
