import { explainPrinterError } from '@hanpyo/devices/printer/explain.ts'
import { openReceiptPrinter } from '@hanpyo/devices/printer/open-printer.ts'
import type { Command } from '@hanpyo/platform/command.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand } from '../../frame/command.ts'
import type { Ports } from '../../frame/ports.ts'
import { openSigner } from '../../identity/signer.ts'
import { labelReceipt } from '../label/label.ts'
import { type LabelContext, labelStep, readLabel } from '../label/step.ts'

const NO_PROFILE = '00000000'

export function labelCommand(ports: () => Ports): Command {
  return provisionCommand({
    name: 'provision label',
    summary: 'Makes the label of the kiosk: its LoRaWAN device code (TR005) and the same to be read.',
    usage: `Usage: hanpyo provision label [--dir DIR] [--printer URI] [options]

Writes label.pdf (62 × 40 mm). The code holds EUIs and the kiosk's number, no key.

  --printer URI     prints it on a receipt printer too: tcp:host:9100, file:/dev/usb/lp0, serial:/dev/ttyUSB0
  --profile-id HEX  vendor and profile id of the LoRa Alliance, 8 hex digits (default ${NO_PROFILE}: none)

${COMMON_USAGE}`,
    options: { printer: { type: 'string' }, 'profile-id': { type: 'string' } },
    ports,
    openSigner,
    async body(session) {
      const profileId = session.flag('profile-id') ?? NO_PROFILE
      if (!/^[0-9a-fA-F]{8}$/.test(profileId))
        return session.must(err('answer-invalid', '--profile-id: 8 hex digits'))
      const ctx: LabelContext = { ...session.ctx, profileId }
      const printer = session.flag('printer')
      const code = await session.run([labelStep<LabelContext>()], ctx)
      if (code !== 0 || printer === undefined || session.dryRun) return code
      const label = session.must(await readLabel(ctx))
      const opened = await openReceiptPrinter(printer, { clock: ctx.clock, random: ctx.random })
      if (!opened.ok) return session.must(err('label-printer', opened.detail ?? printer))
      try {
        const printed = await opened.value.print(labelReceipt(label))
        if (!printed.ok)
          return session.must(err('label-printer', explainPrinterError(printed.error).staff.en))
        session.report.fact({ printed: printer }, `✓ ${printer}`)
        return 0
      } finally {
        await opened.value.close()
      }
    },
  })
}
