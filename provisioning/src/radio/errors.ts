import type { ErrorCatalogue } from '../frame/error-entry.ts'

export const RADIO_ERRORS = {} as const satisfies ErrorCatalogue
