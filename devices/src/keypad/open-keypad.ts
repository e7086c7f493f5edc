import { keepConnected, type LineDeviceOptions } from '../keep-connected.ts'
import type { Transport } from '../transport.ts'
import { type Jack, openJack } from './headphone-jack.ts'
import { KeyLineReader, type RawKey } from './key-lines.ts'
import { KeyReportReader } from './key-reports.ts'
import { KeyTracker } from './key-tracker.ts'
import { KEYPAD_KEYS, type KeyDevice, type KeyEvent, type Keypad, type KeypadKey } from './keypad.ts'

export interface KeyDeviceOptions<Key extends string> extends LineDeviceOptions {
  /** From the codes of the device at hand to keys; replaces the usual ones. See `KeyLineReader`, `KeyReportReader`. */
  readonly codes?: Readonly<Record<string, Key>>
  readonly debounceMs?: number
  readonly stuckAfterMs?: number
}

/**
 * What keypads usually send: their line protocol uses the keys' own names, keyboard-like ones arrows and Enter (or
 * space), volume keys of the consumer page or Page Up and Down, and + and − for the speech rate.
 */
export const KEYPAD_CODES: Readonly<Record<string, KeypadKey>> = {
  ...(Object.fromEntries(KEYPAD_KEYS.map((key) => [key, key])) as Record<KeypadKey, KeypadKey>),
  '07:52': 'up',
  '07:51': 'down',
  '07:50': 'left',
  '07:4f': 'right',
  '07:28': 'select',
  '07:58': 'select',
  '07:2c': 'select',
  '0c:e9': 'volume-up',
  '0c:ea': 'volume-down',
  '07:80': 'volume-up',
  '07:81': 'volume-down',
  '07:4b': 'volume-up',
  '07:4e': 'volume-down',
  '07:57': 'faster',
  '07:56': 'slower',
  '07:2e': 'faster',
  '07:2d': 'slower',
}

/**
 * Opens a nine-key pad: `serial:` or `tcp:` with the line protocol, `hid:` for a keyboard-like one (which the system must not
 * also hand to the page as a keyboard).
 */
export function openKeypad(uri: string, options: KeyDeviceOptions<KeypadKey>): Keypad {
  const jack = openJack()
  const keys = openKeyDevice(uri, { codes: KEYPAD_CODES, ...options, name: 'keypad', jack })
  return {
    get state() {
      return keys.state
    },
    get stuckKeys() {
      return keys.stuckKeys
    },
    get headphones() {
      return jack.state
    },
    onKey: (listener) => keys.onKey(listener),
    onState: (listener) => keys.onState(listener),
    onHeadphones: (listener) => jack.onState(listener),
    close: () => keys.close(),
  }
}

/** The shared part of keypad and switches. */
export function openKeyDevice<Key extends string>(
  uri: string,
  options: KeyDeviceOptions<Key> & { name: string; codes: Readonly<Record<string, Key>>; jack?: Jack },
): KeyDevice<Key> {
  const listeners = new Set<(event: KeyEvent<Key>) => void>()
  const tracker = new KeyTracker<Key>({
    ...options,
    onEvent(event) {
      for (const listener of [...listeners]) listener(event)
    },
  })
  const connection = keepConnected(uri, {
    ...options,
    onOpened(transport) {
      const reader = readerFor(uri, transport)
      transport.onData((bytes) => {
        for (const raw of reader.push(bytes)) {
          if (options.jack?.take(raw) !== true) tracker.push(raw)
        }
      })
    },
    onGone() {
      tracker.releaseAll()
      options.jack?.lose()
    },
  })
  return {
    get state() {
      return connection.state
    },
    get stuckKeys() {
      return tracker.stuckKeys
    },
    onKey(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onState: (listener) => connection.onState(listener),
    close: () => connection.close(),
  }
}

function readerFor(uri: string, transport: Transport): { push(bytes: Uint8Array): RawKey[] } {
  if (!uri.startsWith('hid:')) return new KeyLineReader()
  const descriptor = 'reportDescriptor' in transport ? transport.reportDescriptor : undefined
  return new KeyReportReader(descriptor as Uint8Array | undefined)
}
