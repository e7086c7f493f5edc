import type { ErrorCatalogue } from '../frame/error-entry.ts'
import { BATCH_ERRORS } from './batch/errors.ts'
import { CHIRPSTACK_ERRORS } from './chirpstack/errors.ts'
import { MODEM_ERRORS } from './modem/errors.ts'
import { WIFI_ERRORS } from './wifi/errors.ts'

/** What can go wrong with modem, ChirpStack, Wi-Fi and batches. */
export const RADIO_ERRORS = {
  ...MODEM_ERRORS,
  ...CHIRPSTACK_ERRORS,
  ...WIFI_ERRORS,
  ...BATCH_ERRORS,
} as const satisfies ErrorCatalogue
