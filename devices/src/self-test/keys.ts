import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { KEYPAD_KEYS, type KeyDevice } from '../keypad/keypad.ts'
import { SWITCHES } from '../switches/switches.ts'
import type { Facts, SelfTestOptions, SelfTestPorts } from './ports.ts'
import type { SelfTestProblem } from './problems.ts'

/** Waits until each of the nine keys was pressed once, whatever the order. */
export function testKeypad({ keypad }: SelfTestPorts, options: SelfTestOptions) {
  return testKeys(keypad, KEYPAD_KEYS, options)
}

/** Waits until both switches were pressed. */
export function testSwitches({ switches }: SelfTestPorts, options: SelfTestOptions) {
  return testKeys(switches, SWITCHES, options)
}

async function testKeys(
  device: KeyDevice<string> | undefined,
  keys: readonly string[],
  { guide, signal }: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (device === undefined) return err('absent')
  if (device.state === 'offline') return err('not-connected')
  const missing = new Set(keys)
  const over = Promise.withResolvers<'all' | 'unplugged' | 'stopped'>()
  const show = (): void => guide.tell({ kind: 'press-keys', keys, missing: [...missing] })
  const stopKeys = device.onKey(({ kind, key }) => {
    if (kind !== 'press' || !missing.delete(key)) return
    show()
    if (missing.size === 0) over.resolve('all')
  })
  const stopState = device.onState((state) => state === 'offline' && over.resolve('unplugged'))
  const onAbort = (): void => over.resolve('stopped')
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  show()
  const ending = await over.promise
  stopKeys()
  stopState()
  signal.removeEventListener('abort', onAbort)
  const { stuckKeys } = device
  if (ending === 'unplugged') return err('unplugged-meanwhile')
  if (stuckKeys.length > 0) return err('keys-stuck', stuckKeys.join(', '))
  // Who stops before the first key has not tried; who stops later says that the others do not work.
  if (missing.size === keys.length) return err('stopped')
  if (missing.size > 0) return err('keys-missing', [...missing].join(', '))
  return ok({ keys: [...keys] })
}
