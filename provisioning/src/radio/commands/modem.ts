import { findDevices } from '@hanpyo/devices/commands/device-list.ts'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import type { Command } from '@hanpyo/platform/command.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand } from '../../frame/command.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { openSigner } from '../../identity/signer.ts'
import { openServer, SERVER_OPTIONS, SERVER_USAGE } from '../chirpstack/open-server.ts'
import { keyStep, readKey } from '../key-step.ts'
import { findFailure } from '../modem/explain.ts'
import { findModem, type ModemPorts } from '../modem/find-modem.ts'
import { isUsableEui } from '../modem/ownership.ts'
import { joinStep, linkStep, type ModemContext, programStep } from '../modem/steps.ts'
import { DEFAULT_JOIN_EUI, readRadioFile } from '../radio-file.ts'
import { givenAppKey, readEuis } from './arguments.ts'

/** The serial ports of this machine and what is behind them. */
export function serialModemPorts({ clock }: Ports): ModemPorts {
  return {
    list: async () => (await findDevices()).map(({ uri }) => uri),
    open: (uri) => openModem(uri, { clock, purpose: 'inspect' }),
  }
}

export function modemCommand(
  ports: () => Ports,
  modemPorts: (ports: Ports) => ModemPorts = serialModemPorts,
): Command {
  return provisionCommand({
    name: 'provision modem',
    summary: 'Finds the LoRa modem, programs it for KR920 and this kiosk, joins and checks the link.',
    usage: `Usage: hanpyo provision modem [--dir DIR] [--port URI] [options]

Looks at every serial port for a modem; with two of them --port has to say which. Sets region, OTAA, class A, ADR,
listen-before-talk, EUIs and the AppKey, and reads back what can be read. The key is made here, kept in keys/lorawan.json
(mode 0600) and never shown. A modem that holds other keys is left alone without --replace-keys.

  --port URI        serial:/dev/ttyUSB0[?baud=9600] or tcp:host:port
  --dev-eui EUI     default: of the kiosk, or the modem's own; --join-eui EUI
  --app-key-file F  an AppKey somebody else made (or HANPYO_APP_KEY)
  --replace-keys    the modem's keys are overwritten, another modem takes the place of the one before
  --no-join         only programs; for a place without a gateway
${SERVER_USAGE}
                    ChirpStack is asked why a join was not answered; the modem cannot tell.

${COMMON_USAGE}`,
    options: {
      ...SERVER_OPTIONS,
      port: { type: 'string' },
      'dev-eui': { type: 'string' },
      'join-eui': { type: 'string' },
      'app-key-file': { type: 'string' },
      'replace-keys': { type: 'boolean', default: false },
      'no-join': { type: 'boolean', default: false },
    },
    ports,
    openSigner,
    async body(session) {
      const { ctx, must } = session
      const device = must(await readDevice(ctx.files, ctx.folder))
      const radio = must(await readRadioFile(ctx.files, ctx.folder))
      const key = must(await readKey(ctx.folder.root))
      const given = must(readEuis(session))
      const appKey = must(await givenAppKey(session))
      const found = await findModem(modemPorts(session.ports), session.flag('port') ?? radio.modem)
      if (!found.ok) return must(findFailure(found))
      const { modem, uri } = found.value
      try {
        const replaceKeys = session.isSet('replace-keys')
        // A new modem in the place of another one brings its own DevEUI.
        const known = replaceKeys ? undefined : (device.devEui ?? key?.devEui)
        const own = isUsableEui(modem.info.devEui) ? modem.info.devEui : undefined
        const devEui = given.devEui ?? known ?? own ?? device.devEui
        if (devEui === undefined) return must(err('modem-identity-missing', uri))
        const joinEui = given.joinEui ?? radio.joinEui ?? key?.joinEui ?? DEFAULT_JOIN_EUI
        // Without a token the modem can be programmed all the same.
        const opened = await openServer(session, radio.chirpstack)
        const server = opened.ok ? opened.value?.server : undefined
        if (!opened.ok && session.flag('url') !== undefined) return must(opened)
        const context: ModemContext = {
          ...ctx,
          identity: { devEui, joinEui, appKey, replaceKeys },
          modem,
          uri,
          server,
        }
        const radioSteps = session.isSet('no-join') ? [] : [joinStep, linkStep]
        try {
          return await session.run<ModemContext>([keyStep(), programStep, ...radioSteps], context)
        } finally {
          server?.close()
        }
      } finally {
        await modem.close()
      }
    },
  })
}
