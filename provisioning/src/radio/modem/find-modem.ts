import type { LoraModem } from '@hanpyo/devices/modem/modem.ts'
import type { OpenModemError } from '@hanpyo/devices/modem/open-modem.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

export interface ModemPorts {
  /** URIs of the serial ports of this machine. */
  list(): Promise<readonly string[]>
  /** Opens a modem to look at, whatever its region; changes nothing in it. */
  open(uri: string): Promise<Result<LoraModem, OpenModemError>>
}

export type FindModemError = OpenModemError | 'modem-none' | 'modem-ambiguous'

export interface FoundModem {
  readonly uri: string
  readonly modem: LoraModem
}

/** The modem at `uri`, or the only one at any serial port. Of two modems none is taken: the wrong one might be programmed. */
export async function findModem(
  ports: ModemPorts,
  uri: string | undefined,
): Promise<Result<FoundModem, FindModemError>> {
  if (uri !== undefined) {
    const opened = await ports.open(uri)
    return opened.ok ? ok({ uri, modem: opened.value }) : opened
  }
  const found: FoundModem[] = []
  const failures: string[] = []
  const candidates = (await ports.list()).filter((one) => one.startsWith('serial:'))
  for (const candidate of candidates) {
    const opened = await ports.open(candidate)
    if (opened.ok) found.push({ uri: candidate, modem: opened.value })
    else failures.push(`${candidate}: ${opened.error}`)
  }
  const [only] = found
  if (found.length === 1 && only !== undefined) return ok(only)
  for (const { modem } of found) await modem.close()
  if (found.length === 0) return err('modem-none', failures.join(', '))
  return err('modem-ambiguous', found.map((one) => `${one.uri} (${one.modem.info.devEui})`).join(', '))
}
