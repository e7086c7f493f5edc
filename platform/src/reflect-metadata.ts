/**
 * The four functions of the old "Reflect metadata" proposal that `tsyringe` asks for, which
 * `@peculiar/x509` is built with. Import this file before `@peculiar/x509`. It leaves another polyfill alone.
 */
type Metadata = Map<unknown, unknown>

interface MetadataReflect {
  defineMetadata(key: unknown, value: unknown, target: object): void
  getOwnMetadata(key: unknown, target: object): unknown
  getMetadata(key: unknown, target: object): unknown
  metadata(key: unknown, value: unknown): (target: object) => void
}

function createRegistry(): MetadataReflect {
  const byTarget = new WeakMap<object, Metadata>()
  const registry: MetadataReflect = {
    defineMetadata(key, value, target) {
      const own = byTarget.get(target) ?? new Map()
      byTarget.set(target, own.set(key, value))
    },
    getOwnMetadata: (key, target) => byTarget.get(target)?.get(key),
    getMetadata(key, target) {
      for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
        if (byTarget.get(at)?.has(key) === true) return byTarget.get(at)?.get(key)
      }
      return undefined
    },
    metadata: (key, value) => (target) => registry.defineMetadata(key, value, target),
  }
  return registry
}

if (!('getMetadata' in Reflect)) Object.assign(Reflect, createRegistry())
