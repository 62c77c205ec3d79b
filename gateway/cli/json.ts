export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
