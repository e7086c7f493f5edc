/** How this kiosk asks the server of its ledger: as anybody, or with an authority and its own certificate. */
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { KioskConfig } from './config.ts'
import { readTlsFiles } from './load-files.ts'
import { createTlsFetch, type TlsFetch } from './tls-fetch.ts'

const ANYBODY: TlsFetch = { fetch: globalThis.fetch, close: () => {} }

/** A sealed key is opened as the one for the broker is. `ledger-files-missing`: with the file, or what is wrong with it. */
export async function ledgerFetch(
  ledger: KioskConfig['ledger'],
): Promise<Result<TlsFetch, 'ledger-files-missing'>> {
  if (ledger?.ca === undefined) return ok(ANYBODY)
  const files = await readTlsFiles(ledger)
  if (!files.ok) return err('ledger-files-missing', files.detail)
  if (files.value === null) return ok(ANYBODY)
  const tls = createTlsFetch(files.value)
  return tls.ok ? tls : err('ledger-files-missing', tls.detail)
}
