import { join } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { TLS_KEY_FILE } from '@hanpyo/protocol/election/enrolment.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand, type Session } from '../../frame/command.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import type { Ports } from '../../frame/ports.ts'
import { askSecret } from '../../frame/prompts.ts'
import { openersOf } from '../../identity/desk-session.ts'
import { openSigner } from '../../identity/signer.ts'
import { checkNetwork, type WifiFormat, type WifiNetwork } from '../wifi/profile.ts'
import {
  type BrokerSettings,
  brokerCheckStep,
  brokerConfigStep,
  networkStep,
  type WifiContext,
} from '../wifi/steps.ts'

export function wifiCommand(ports: () => Ports): Command {
  return provisionCommand({
    name: 'provision wifi',
    summary: 'Sets Wi-Fi and broker of the kiosk, and tries the broker with the kiosk’s certificate.',
    usage: `Usage: hanpyo provision wifi [--dir DIR] [--ssid NAME] [--broker mqtts://host:8883] [options]

Writes the Wi-Fi network into a file of NetworkManager or wpa_supplicant (mode 0600; the password is never shown) and the broker
into kiosk.toml. Then it connects as the kiosk will: TLS with both certificates, CONNECT, SUBSCRIBE to its own topic; nothing is
sent. Needs root on the kiosk itself.

  --ssid NAME       --open: without a password; --hidden: the network does not show its name
  --psk-file FILE   the password, mode 0600 (or HANPYO_WIFI_PSK, or typed); never an argument
  --format F        networkmanager (default) or wpa-supplicant
  --root DIR        where the kiosk's file system is, for a prepared disk (default /)
  --broker URL      mqtts://host:8883; --mqtt-version 4 for an old broker (default 5)
  --ca, --cert, --key FILE   default cert/ca.crt.pem, cert/kiosk.crt.pem, keys/tls-key.pem of the device folder
  --no-check        does not try the broker

${COMMON_USAGE}`,
    options: {
      ssid: { type: 'string' },
      open: { type: 'boolean', default: false },
      hidden: { type: 'boolean', default: false },
      'psk-file': { type: 'string' },
      format: { type: 'string', default: 'networkmanager' },
      root: { type: 'string' },
      broker: { type: 'string' },
      'mqtt-version': { type: 'string', default: '5' },
      ca: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      'no-check': { type: 'boolean', default: false },
    },
    ports,
    openSigner,
    async body(session) {
      const { must, ctx } = session
      const format = session.flag('format')
      if (format !== 'networkmanager' && format !== 'wpa-supplicant')
        return must(err('answer-invalid', '--format: networkmanager or wpa-supplicant'))
      const network = must(await readNetwork(session))
      const broker = must(readBroker(session))
      if (network === undefined && broker === undefined)
        return must(err('answer-missing', '--ssid or --broker'))
      const context: WifiContext = {
        ...ctx,
        network,
        format: format satisfies WifiFormat,
        systemRoot: session.path('root') ?? '/',
        broker,
        openers: openersOf(session, 'HANPYO_KEY_PASSPHRASE'),
        progress: { broker: undefined },
      }
      const checks = session.isSet('no-check') ? [] : [brokerCheckStep]
      const code = await session.run<WifiContext>([networkStep, brokerConfigStep, ...checks], context)
      const facts = context.progress.broker
      if (facts !== undefined) {
        const until = new Date(facts.certificateEndsMs).toISOString().slice(0, 10)
        session.report.fact(
          { broker: broker?.url ?? '', tls: facts.tlsVersion, certificateUntil: until },
          `  ${broker?.url}: ${facts.tlsVersion}, certificate until ${until}`,
        )
      }
      return code
    },
  })
}

async function readNetwork(session: Session): Promise<Result<WifiNetwork | undefined, ProvisionError>> {
  const ssid = session.flag('ssid')
  if (ssid === undefined) return ok(undefined)
  const isOpen = session.isSet('open')
  const psk = isOpen
    ? ok(undefined)
    : await askSecret(session, {
        flag: 'psk',
        variable: 'HANPYO_WIFI_PSK',
        text: { ko: `Wi-Fi ${ssid}의 암호`, en: `Password of the Wi-Fi ${ssid}` },
        file: session.flag('psk-file'),
      })
  if (!psk.ok) return psk
  const network = checkNetwork({ ssid, psk: psk.value, isHidden: session.isSet('hidden') })
  if (network.ok) return network
  return err(network.error === 'ssid-malformed' ? 'wifi-ssid' : 'wifi-psk', network.detail)
}

function readBroker(session: Session): Result<BrokerSettings | undefined, ProvisionError> {
  const url = session.flag('broker')
  if (url === undefined) return ok(undefined)
  if (!/^mqtts:\/\/[^/@\s]+$/.test(url)) return err('broker-url', url.slice(0, 80))
  const version = session.flag('mqtt-version')
  if (version !== '4' && version !== '5') return err('answer-invalid', '--mqtt-version: 4 or 5')
  const { root } = session.ctx.folder
  return ok({
    url,
    mqttVersion: version === '5' ? 5 : 4,
    ca: session.path('ca') ?? join(root, 'cert', 'ca.crt.pem'),
    cert: session.path('cert') ?? join(root, 'cert', 'kiosk.crt.pem'),
    key: session.path('key') ?? join(root, 'keys', TLS_KEY_FILE),
  })
}
