import { join } from 'node:path'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Device } from '../frame/device-folder.ts'
import type { ProvisionError } from '../frame/errors.ts'
import { type Change, defineStep, type Step, type StepContext } from '../frame/step.ts'
import { readRadioFile } from '../radio/radio-file.ts'
import { readTomlValue, setTomlTable } from '../radio/wifi/kiosk-config.ts'

export interface KioskFileContext extends StepContext {
  readonly kiosk: {
    readonly device: Device
    /** vkey the technician compared. */
    readonly authority: string
    /** The public ledger; with a certificate, its server has one of the broker's authority and is shown the kiosk's. */
    readonly ledger?: { readonly url: string; readonly hasCertificate: boolean }
  }
}

/** `kiosk.toml`: what the core needs to start with the election; what others wrote into it stays. */
export const kioskFileStep: Step<KioskFileContext> = defineStep<KioskFileContext>({
  id: 'kiosk-file',
  title: { ko: '단말기 설정 파일', en: 'Settings of the kiosk core' },
  async inspect(ctx) {
    const texts = await wanted(ctx)
    if (!texts.ok) return texts
    const { from, to } = texts.value
    if (from === to) return ok('done')
    const before = new Set((from ?? '').split('\n'))
    const changes: Change[] = to
      .split('\n')
      .filter((line) => line !== '' && !before.has(line))
      .map((line) => ({ what: 'kiosk.toml', from: null, to: line }))
    return ok({ changes })
  },
  async apply(ctx) {
    const texts = await wanted(ctx)
    if (!texts.ok) return texts
    await ctx.files.write(join(ctx.folder.root, 'kiosk.toml'), texts.value.to)
    return ok(undefined)
  },
})

async function wanted({
  files,
  folder,
  kiosk,
}: KioskFileContext): Promise<Result<{ from: string | null; to: string }, ProvisionError>> {
  const bytes = await files.read(join(folder.root, 'kiosk.toml'))
  const from = bytes === null ? null : decodeUtf8(bytes)
  const { device, authority, ledger } = kiosk
  let to = setTopLevel(from ?? '', {
    kiosk: device.id,
    dataDir: 'data',
    electionDir: 'election',
    authority,
  })
  to = setTomlTable(to, 'keys', { device: 'keys/device.json' })
  to = setTomlTable(to, 'shell', { pxPerMm: device.pxPerMm })
  if (ledger !== undefined) {
    const certificate = ledger.hasCertificate ? certificateOf(to) : {}
    if (certificate === null)
      return err('kiosk-certificate-missing', 'kiosk.toml has no [wifi] with certificates yet')
    to = setTomlTable(to, 'ledger', { url: ledger.url, ...certificate })
  }
  const radio = await readRadioFile(files, folder)
  if (radio.ok && radio.value.modem !== undefined) to = setTomlTable(to, 'lora', { modem: radio.value.modem })
  return ok({ from, to })
}

/** What the kiosk checks its broker by, and shows there; null where that is not known yet. */
function certificateOf(text: string): { ca: string; cert: string; key: string } | null {
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => readTomlValue(text, 'wifi', name))
  return ca === undefined || cert === undefined || key === undefined ? null : { ca, cert, key }
}

/** Replaces keys above the first table; whatever else is there stays. */
function setTopLevel(text: string, values: Readonly<Record<string, string | number>>): string {
  const lines = text.split('\n')
  const firstTable = lines.findIndex((line) => /^\s*\[/.test(line))
  const split = firstTable === -1 ? lines.length : firstTable
  const kept = lines.slice(0, split).filter((line) => {
    const key = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1]
    return line.trim() !== '' && (key === undefined || !Object.hasOwn(values, key))
  })
  const set = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  const rest = lines.slice(split).join('\n').trim()
  return `${[...set, ...kept].join('\n')}\n${rest === '' ? '' : `\n${rest}\n`}`
}
