/** A map that cannot be changed once built: `Object.freeze` stops properties, not a map's own entries. */
export class FrozenMap<K, V> extends Map<K, V> {
  #built = false
  constructor(entries: Iterable<readonly [K, V]>) {
    super()
    for (const [key, value] of entries) super.set(key, value)
    this.#built = true
  }

  override set(key: K, value: V): this {
    if (this.#built) throw new TypeError('the catalogue is immutable')
    return super.set(key, value)
  }

  override delete(): boolean {
    throw new TypeError('the catalogue is immutable')
  }

  override clear(): void {
    throw new TypeError('the catalogue is immutable')
  }
}

/** Freezes plain data and the entries of maps, all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  const parts: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value)
  for (const part of parts) deepFreeze(part)
  return value
}
