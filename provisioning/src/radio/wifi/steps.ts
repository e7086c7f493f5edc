import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { isSealed, type Openers, openSealed } from '@hanpyo/platform/sealed-file.ts'
import { decodeUtf8, toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { type Change, defineStep, type Step, type StepContext } from '../../frame/step.ts'
import { type BrokerFacts, checkBroker } from './broker-check.ts'
import { readTomlValue, setTomlTable } from './kiosk-config.ts'
import { formatNetwork, WIFI_FILES, type WifiFormat, type WifiNetwork } from './profile.ts'

export interface BrokerSettings {
  readonly url: string
  readonly mqttVersion: 4 | 5
  /** Absolute paths of PEM files. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface WifiContext extends StepContext {
  readonly network: WifiNetwork | undefined
  readonly format: WifiFormat
  /** Where the kiosk's file system begins; `/` on the kiosk itself. */
  readonly systemRoot: string
  readonly broker: BrokerSettings | undefined
  /** Open a sealed TLS key. */
  readonly openers: Openers
  readonly progress: { broker: BrokerFacts | undefined }
}

/** The Wi-Fi of the kiosk, in a file only root may read. */
export const networkStep: Step<WifiContext> = defineStep<WifiContext>({
  id: 'wifi-network',
  title: { ko: 'Wi-Fi 접속 정보', en: 'Wi-Fi network' },
  async inspect(ctx) {
    const { network, format } = ctx
    if (network === undefined) return ok('done')
    const path = join(ctx.systemRoot, WIFI_FILES[format])
    const before = await ctx.files.read(path)
    if (before !== null && decodeUtf8(before) === formatNetwork(network, format)) return ok('done')
    const from = before === null ? null : 'another network or password (not shown)'
    return ok({ changes: [{ what: path, from, to: `network ${network.ssid} (password not shown)` }] })
  },
  async apply(ctx) {
    const { network, format } = ctx
    if (network === undefined) return ok(undefined)
    const path = join(ctx.systemRoot, WIFI_FILES[format])
    await ctx.files.makeFolder(join(path, '..'), 0o755)
    await ctx.files.write(path, formatNetwork(network, format), { mode: 0o600 })
    return ok(undefined)
  },
})

/** The table `[wifi]` of the kiosk's configuration. */
export const brokerConfigStep: Step<WifiContext> = defineStep<WifiContext>({
  id: 'wifi-broker',
  title: { ko: '브로커 설정', en: 'Broker in kiosk.toml' },
  async inspect(ctx) {
    const text = await readConfig(ctx)
    const changes = Object.entries(ctx.broker ?? {}).flatMap(([name, value]): Change[] => {
      const from = readTomlValue(text, 'wifi', name) ?? null
      return from === String(value) ? [] : [{ what: `kiosk.toml: wifi.${name}`, from, to: String(value) }]
    })
    return ok(changes.length === 0 ? 'done' : { changes })
  },
  async apply(ctx) {
    if (ctx.broker === undefined) return ok(undefined)
    const text = setTomlTable(await readConfig(ctx), 'wifi', { ...ctx.broker })
    await ctx.files.write(configPath(ctx), text)
    return ok(undefined)
  },
})

/** Connects as the kiosk will, without taking its place. Runs each time: yesterday's answer says nothing of today. */
export const brokerCheckStep: Step<WifiContext> = defineStep<WifiContext>({
  id: 'wifi-broker-check',
  title: { ko: '브로커 접속 확인', en: 'Check of the broker' },
  async inspect({ broker, progress }) {
    if (broker === undefined || progress.broker !== undefined) return ok('done')
    return ok({ changes: [{ what: broker.url, from: null, to: 'answers with a CONNACK' }] })
  },
  async apply(ctx) {
    const { broker, progress } = ctx
    if (broker === undefined) return ok(undefined)
    const pems = await readPems(ctx, broker)
    if (!pems.ok) return pems
    const device = await readDevice(ctx.files, ctx.folder)
    if (!device.ok) return device
    const { id } = device.value
    const fits = checkCertificate(pems.value, id)
    if (!fits.ok) return fits
    const checked = await checkBroker({
      ...pems.value,
      url: broker.url,
      mqttVersion: broker.mqttVersion,
      clientId: `hanpyo-check-${id}-${toHex(ctx.random(4))}`,
      topic: `hanpyo/v1/kiosk/${id}/down`,
    })
    if (!checked.ok) return checked
    progress.broker = checked.value
    return ok(undefined)
  },
})

/** A broker may grant any subscription and deliver nothing, so that the wrong certificate has to be found out here. */
function checkCertificate(
  { cert, key }: { readonly cert: string; readonly key: string },
  kiosk: number,
): Result<void, ProvisionError> {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(cert)
    if (!certificate.checkPrivateKey(createPrivateKey(key)))
      return err('kiosk-certificate-other', 'the key is of another certificate')
  } catch {
    return err('kiosk-certificate-other', 'certificate or key cannot be read')
  }
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1]
  return name === String(kiosk) ? ok(undefined) : err('kiosk-certificate-other', `CN=${name}, not ${kiosk}`)
}

async function readPems(
  ctx: WifiContext,
  broker: BrokerSettings,
): Promise<Result<{ ca: string; cert: string; key: string }, ProvisionError>> {
  const read = async (path: string) => {
    const bytes = await ctx.files.read(path)
    return bytes === null ? null : decodeUtf8(bytes)
  }
  const [ca, cert, keyBytes] = [
    await read(broker.ca),
    await read(broker.cert),
    await ctx.files.read(broker.key),
  ]
  if (ca === null) return err('kiosk-certificate-missing', broker.ca)
  if (cert === null) return err('kiosk-certificate-missing', broker.cert)
  if (keyBytes === null) return err('kiosk-certificate-missing', broker.key)
  if (!isSealed(keyBytes)) return ok({ ca, cert, key: decodeUtf8(keyBytes) })
  const opened = await openSealed(keyBytes, ctx.openers)
  if (!opened.ok) return err('kiosk-certificate-other', `${broker.key}: ${opened.error}`)
  return ok({ ca, cert, key: decodeUtf8(opened.value) })
}

function configPath(ctx: WifiContext): string {
  return join(ctx.folder.root, 'kiosk.toml')
}

async function readConfig(ctx: WifiContext): Promise<string> {
  const bytes = await ctx.files.read(configPath(ctx))
  return bytes === null ? '' : decodeUtf8(bytes)
}
