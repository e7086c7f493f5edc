import type {
  JoinError,
  LoraModem,
  ModemIdentity,
  ModemSettings,
  ProgramError,
} from '@hanpyo/devices/modem/modem.ts'
import type { LinkCheckAnswer } from '@hanpyo/devices/modem/modem-line.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { FieldChange } from '../chirpstack/fields.ts'
import { ownerOf } from './ownership.ts'

export type ModemError =
  | ProgramError
  /** It holds the keys of another kiosk or network. */
  | 'modem-keys-present'
  /** After programming it does not say what was written. */
  | 'modem-read-back'

const REGION = 'KR920'

/**
 * What is to be changed in the modem; empty when it is all there. Keys of somebody else are not overwritten unless
 * `replaceKeys` says so; `note` is what we know of an earlier run of ours with the same key.
 */
export async function planModem(
  modem: LoraModem,
  wanted: ModemIdentity,
  options: { readonly replaceKeys: boolean; readonly note: 'none' | 'begun' | 'finished' },
): Promise<Result<FieldChange[], ModemError>> {
  const read = await modem.readSettings()
  if (!read.ok) return read
  const found = read.value
  const holds = await modem.holdsKey(wanted.appKey)
  if (!holds.ok) return holds
  const owner = ownerOf(found, wanted)
  const isOurs = owner === 'factory' || (owner === 'this-kiosk' && holds.value !== false)
  if (!isOurs && !options.replaceKeys && options.note === 'none') {
    return err('modem-keys-present', `${owner}: DevEUI ${found.devEui}, JoinEUI ${found.joinEui}`)
  }
  const changes = differences(found, wanted)
  // Where the key cannot be read back only our own note says that it was written.
  const isKeyThere = holds.value ?? (owner === 'this-kiosk' && options.note === 'finished')
  if (!isKeyThere) {
    const from = owner === 'factory' ? null : 'another key'
    changes.push({ what: 'modem: AppKey', from, to: 'the key of this device (not shown)' })
  }
  return ok(changes)
}

/** Writes everything and reads it back. */
export async function programModem(
  modem: LoraModem,
  wanted: ModemIdentity,
): Promise<Result<ModemSettings, ModemError>> {
  const programmed = await modem.program(wanted)
  if (!programmed.ok) return programmed
  const read = await modem.readSettings()
  if (!read.ok) return read
  const [different] = differences(read.value, wanted)
  if (different !== undefined) return err('modem-read-back', `${different.what} is ${different.from}`)
  const holds = await modem.holdsKey(wanted.appKey)
  if (!holds.ok) return holds
  return holds.value === false ? err('modem-read-back', 'modem: AppKey is another one') : read
}

/** A modem that does not tell a setting is believed: it took it when it was written. */
function differences(found: ModemSettings, wanted: ModemIdentity): FieldChange[] {
  const rows: [string, string | undefined, string][] = [
    ['region', found.region, REGION],
    ['join mode', found.joinMode, 'otaa'],
    ['class', found.deviceClass, 'A'],
    ['ADR', onOff(found.isAdrOn), 'on'],
    ['listen before talk', onOff(found.listensBeforeTalk), 'on'],
    ['DevEUI', found.devEui, wanted.devEui.toLowerCase()],
    ['JoinEUI', found.joinEui, wanted.joinEui.toLowerCase()],
  ]
  return rows.flatMap(([name, from, to]) =>
    from === undefined || from === to ? [] : [{ what: `modem: ${name}`, from, to }],
  )
}

function onOff(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'on' : 'off'
}

const JOIN_TRIES = 3
/** A gateway that sends to another device is deaf; later attempts wait longer (join duty of the LoRa Alliance). */
const JOIN_PAUSE_MS = 8_000

/** Joins, up to three attempts. A session the modem still has is kept unless `force` is given. */
export async function joinNetwork(
  modem: LoraModem,
  options: { readonly force: boolean; readonly clock: Clock },
): Promise<Result<{ readonly attempts: number }, JoinError>> {
  for (let attempt = 1; ; attempt++) {
    const joined = await modem.join({ force: options.force })
    if (joined.ok) return ok({ attempts: attempt })
    const isWorthAnother = joined.error === 'join-failed' || joined.error === 'busy'
    if (!isWorthAnother || attempt === JOIN_TRIES) return joined
    await options.clock.sleep(JOIN_PAUSE_MS * attempt)
  }
}

/** Asks how well the gateways hear, up to three times: one frame may be lost. */
export async function checkLink(modem: LoraModem): Promise<Result<LinkCheckAnswer, string>> {
  for (let left = 2; ; left--) {
    const checked = await modem.linkCheck()
    if (checked.ok || checked.error !== 'no-answer' || left === 0) return checked
  }
}
