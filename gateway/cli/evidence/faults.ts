import type { EvidenceFault } from '../../evidence/verify.ts'

/** Why evidence fails, in words. */
export const FAULTS: Record<EvidenceFault, { zh: string; en: string }> = {
  format: { zh: '不是 SD-JWT', en: 'not an SD-JWT' },
  'key-binding': { zh: '末尾有不认识的部分（本网关不签发持有者绑定）', en: 'an unknown part at its end' },
  payload: { zh: '载荷不是 JSON 对象', en: 'the payload is no JSON object' },
  'hash-algorithm': { zh: '摘要算法不是 sha-256', en: 'the digest algorithm is not sha-256' },
  disclosure: { zh: '某项披露格式不对', en: 'a disclosure is not well formed' },
  unreferenced: {
    zh: '某项披露不属于这份证据（被改动或夹带）',
    en: 'a disclosure does not belong here: altered or slipped in',
  },
  duplicate: { zh: '同一披露或摘要出现两次', en: 'a disclosure or digest stands twice' },
  reserved: { zh: '使用了保留的成员名', en: 'a reserved name is used' },
  header: { zh: '签名头不是本类证据的', en: 'the header is not one of this kind of evidence' },
  key: { zh: '所给公钥中没有签发它的那一把', en: 'the key that issued it is not among those given' },
  signature: {
    zh: '签名不对：内容被改动，或不是这把密钥所签',
    en: 'bad signature: altered, or not signed by this key',
  },
}
