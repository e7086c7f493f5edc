import type { Command } from '@hanpyo/platform/command.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand } from '../../frame/command.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { openSigner } from '../../identity/signer.ts'
import { openServer, SERVER_OPTIONS, SERVER_USAGE } from '../chirpstack/open-server.ts'
import { type ChirpStackContext, deviceSteps, homeSteps } from '../chirpstack/steps.ts'
import { keyStep, readKey } from '../key-step.ts'
import { DEFAULT_JOIN_EUI, readRadioFile } from '../radio-file.ts'
import { givenAppKey, HOME_OPTIONS, HOME_USAGE, readEuis, readHome } from './arguments.ts'

export function chirpstackCommand(ports: () => Ports): Command {
  return provisionCommand({
    name: 'provision chirpstack',
    summary: 'Registers the kiosk with ChirpStack: tenant, application, profile, device, key, gateway.',
    usage: `Usage: hanpyo provision chirpstack [--dir DIR] [options]

Makes what is missing and puts right what differs; a second run changes nothing. What it does not know it leaves alone. A device
that is in another application, or was disabled, is refused.

${SERVER_USAGE}
${HOME_USAGE}
  --dev-eui EUI     of the modem, when it is not known yet; --join-eui EUI
  --app-key-file F  an AppKey somebody else made (or HANPYO_APP_KEY); by default it is made here
  --description T   shown at ChirpStack (default: the name of the kiosk)
  --replace-keys    another key at ChirpStack is replaced
  --enable          a disabled device is let in again

${COMMON_USAGE}`,
    options: {
      ...SERVER_OPTIONS,
      ...HOME_OPTIONS,
      'dev-eui': { type: 'string' },
      'join-eui': { type: 'string' },
      'app-key-file': { type: 'string' },
      description: { type: 'string' },
      'replace-keys': { type: 'boolean', default: false },
      enable: { type: 'boolean', default: false },
    },
    ports,
    openSigner,
    async body(session) {
      const { ctx, must } = session
      const device = must(await readDevice(ctx.files, ctx.folder))
      const radio = must(await readRadioFile(ctx.files, ctx.folder))
      const key = must(await readKey(ctx.folder.root))
      const given = must(readEuis(session))
      const home = must(readHome(session, radio.chirpstack?.tenantId))
      const appKey = must(await givenAppKey(session))
      const devEui = given.devEui ?? device.devEui ?? key?.devEui
      if (devEui === undefined)
        return must(err('modem-identity-missing', '--dev-eui, or program the modem first'))
      const opened = must(await openServer(session, radio.chirpstack))
      if (opened === null) return must(err('chirpstack-url', 'no --url'))
      const context: ChirpStackContext = {
        ...ctx,
        ...opened,
        home,
        identity: {
          devEui,
          joinEui: given.joinEui ?? radio.joinEui ?? key?.joinEui ?? DEFAULT_JOIN_EUI,
          appKey,
          replaceKeys: session.isSet('replace-keys'),
        },
        ids: { tenantId: undefined, applicationId: undefined, deviceProfileId: undefined },
        kiosk: {
          kiosk: device.id,
          centre: device.centre,
          description: session.flag('description') ?? device.name,
        },
        enable: session.isSet('enable'),
      }
      try {
        return await session.run<ChirpStackContext>([...homeSteps(home), keyStep(), ...deviceSteps], context)
      } finally {
        opened.server.close()
      }
    },
  })
}
