/** Symbolic names of the sample endpoints, as the datasets' `connector.config.endpoint` writes them. */
export const DATABASE_ENDPOINTS = { 'rc-rsj-db': 'rsj', 'rc-ybj-db': 'ybj', 'rc-gjj-db': 'gjj' } as const
export const HTTP_ENDPOINTS = [
  'rc-gaj-http',
  'rc-mzj-http',
  'rc-scjgj-http',
  'rc-zrzyj-http',
  'rc-jyj-http',
  'rc-cl-http',
  'rc-swj-http',
  'rc-wjj-http',
  'rc-tyjrj-http',
  'rc-spj-http',
  'wh-licence-http',
] as const
export type HttpEndpoint = (typeof HTTP_ENDPOINTS)[number]
export type DatabaseEndpoint = keyof typeof DATABASE_ENDPOINTS
