import type { JoinError, ProgramError } from '@hanpyo/devices/modem/modem.ts'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import type { FindModemError } from './find-modem.ts'
import type { ModemError } from './program.ts'

const FOUND: Readonly<Record<FindModemError, ProvisionError>> = {
  'modem-none': 'modem-none',
  'modem-ambiguous': 'modem-ambiguous',
  'device-uri': 'modem-port',
  'device-unavailable': 'modem-port-unavailable',
  'no-response': 'modem-silent',
  'unknown-modem': 'modem-unknown',
  'wrong-mode': 'modem-mode',
  'wrong-region': 'modem-region',
  'wrong-firmware': 'modem-firmware',
  closed: 'modem-unplugged',
}

const PROGRAMMED: Readonly<Record<ModemError, ProvisionError>> = {
  busy: 'modem-busy',
  rejected: 'modem-rejected',
  'no-response': 'modem-silent',
  rebooted: 'modem-rebooted',
  closed: 'modem-unplugged',
  'modem-keys-present': 'modem-keys-present',
  'modem-read-back': 'modem-read-back',
}

interface Failure<E extends string> {
  readonly error: E
  readonly detail?: string
}

/** The drivers' codes as the catalogue of this room knows them. */
export function findFailure(failure: Failure<FindModemError>): Result<never, ProvisionError> {
  return err(FOUND[failure.error], failure.detail)
}

export function modemFailure(failure: Failure<ModemError>): Result<never, ProvisionError> {
  // The channel plan is BAND in two dialects and DR in the third.
  const isPlan = failure.error === 'rejected' && /^(BAND|DR)\b/.test(failure.detail ?? '')
  return err(isPlan ? 'modem-region' : PROGRAMMED[failure.error], failure.detail)
}

/** Null: nobody answered, so that somebody else has to be asked why. */
export function joinFailure(failure: Failure<JoinError>): Result<never, ProvisionError> | null {
  if (failure.error === 'join-failed' || failure.error === 'timeout') return null
  return modemFailure(failure as Failure<ProgramError>)
}
