/** Where things stand in a package; published, so that outside tools find them. */
export const FILE = {
  readme: 'README.md',
  report: '核查报告.html',
  manifest: 'manifest.json',
  manifestSignature: 'manifest.jws',
  entry: 'record/entry.json',
  columns: 'record/columns.json',
  salt: 'record/salt.txt',
  issuerJwt: 'evidence/issuer.jwt',
  requestJws: 'request/request.jws',
  requestJson: 'request/request.json',
  senderKeys: 'request/sender.jwks.json',
  policies: 'policies/version.json',
  catalogue: 'catalogue/version.json',
  extract: 'catalogue/extract.json',
  proof: 'proof/entry.tlog-proof',
  jwks: 'keys/gateway.jwks.json',
  logVkey: 'keys/log.vkey',
} as const

/** Grant ids are the installation's own words: only what cannot lead elsewhere becomes a name. */
const safe = (id: string): string => encodeURIComponent(id)
export const grantFile = (id: string): string => `grants/${safe(id)}.json`
export const grantChangesFile = (id: string): string => `grants/${safe(id)}.changes.json`

/** `typ` of the manifest's signature: no other text the gateway signs can be taken for one. */
export const MANIFEST_TYP = 'evidence-package+jws'

/** The one finding that cannot be made again from the package: the gateway's signature vouches for it. */
export const SUBJECT_NAMED = 'subject-named'
