import type { ErrorCatalogue } from '../frame/error-entry.ts'

export const KIOSK_ERRORS = {} as const satisfies ErrorCatalogue
