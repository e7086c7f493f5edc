import type { ErrorCatalogue } from '../frame/error-entry.ts'

export const IDENTITY_ERRORS = {} as const satisfies ErrorCatalogue
