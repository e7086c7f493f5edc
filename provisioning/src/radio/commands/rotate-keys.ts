import type { Command } from '@hanpyo/platform/command.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand } from '../../frame/command.ts'
import { openJournal } from '../../frame/journal.ts'
import type { Ports } from '../../frame/ports.ts'
import { openSigner } from '../../identity/signer.ts'
import { openServer, SERVER_OPTIONS, SERVER_USAGE } from '../chirpstack/open-server.ts'
import { requireKey } from '../key-step.ts'
import { lorawanKeyPath } from '../lorawan-key.ts'
import { findFailure } from '../modem/explain.ts'
import { findModem, type ModemPorts } from '../modem/find-modem.ts'
import { joinStep, linkStep } from '../modem/steps.ts'
import { readRadioFile } from '../radio-file.ts'
import { isRotationInPlace, type RotateContext, rotateSteps } from '../rotate-steps.ts'
import { serialModemPorts } from './modem.ts'

export function rotateKeysCommand(
  ports: () => Ports,
  modemPorts: (ports: Ports) => ModemPorts = serialModemPorts,
): Command {
  return provisionCommand({
    name: 'provision rotate-keys',
    summary: 'Gives the modem a new AppKey: at ChirpStack, in the modem, then joins with it.',
    usage: `Usage: hanpyo provision rotate-keys [--dir DIR] [--port URI] [options]

After a key may have been seen, or when a modem counts its DevNonce from the beginning: join-requests recorded with the old key
are worthless then. A run that broke off goes on with the same new key, up to the link check.

  --port URI        default: the port remembered
${SERVER_USAGE}

${COMMON_USAGE}`,
    options: { ...SERVER_OPTIONS, port: { type: 'string' } },
    ports,
    openSigner,
    async body(session) {
      const { ctx, must } = session
      const key = must(await requireKey(ctx.folder.root))
      const radio = must(await readRadioFile(ctx.files, ctx.folder))
      const journal = must(await openJournal(ctx.files, ctx.folder))
      const next = await ctx.files.read(lorawanKeyPath(ctx.folder.root, 'next'))
      const opened = must(await openServer(session, radio.chirpstack))
      if (opened === null) return must(err('chirpstack-url', 'no --url'))
      try {
        const found = await findModem(modemPorts(session.ports), session.flag('port') ?? radio.modem)
        if (!found.ok) return must(findFailure(found))
        const { modem, uri } = found.value
        try {
          const { devEui, joinEui } = key
          if (modem.info.devEui !== devEui)
            return must(err('modem-keys-present', `DevEUI ${modem.info.devEui}, not ${devEui}`))
          const context: RotateContext = {
            ...ctx,
            identity: { devEui, joinEui, appKey: undefined, replaceKeys: false },
            modem,
            uri,
            server: opened.server,
            isDry: session.dryRun,
            isInPlace: next === null && isRotationInPlace(journal),
          }
          return await session.run<RotateContext>([...rotateSteps, joinStep, linkStep], context)
        } finally {
          await modem.close()
        }
      } finally {
        opened.server.close()
      }
    },
  })
}
