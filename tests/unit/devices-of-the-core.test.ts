import { SimulatedDevices } from '@hanpyo/firmware-sim/devices/simulated-devices.ts'
import { loadKioskConfig } from '@hanpyo/kiosk/config.ts'
import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import type { Health, KioskView } from '@hanpyo/kiosk/contract/views.ts'
import { startCore } from '@hanpyo/kiosk/main.ts'
import { createCoreFolder } from '@hanpyo/kiosk/testing/core-folder.ts'
import {
  closePolls,
  goAway,
  kioskClient,
  openPolls,
  prepareBlank,
} from '@hanpyo/kiosk/testing/kiosk-client.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'

/** A real core with simulated devices on TCP. */
async function machine() {
  const lifecycle = createLifecycle({ signals: false })
  onTestFinished(() => lifecycle.close())
  const devices = await SimulatedDevices.open({ clock: createRealClock(), lifecycle })
  const folder = await createCoreFolder({ style: 2 })
  onTestFinished(() => folder.remove())
  folder.configure(
    `printer.uri = "${devices.uri('printer')}"
devices.keypad = "${devices.uri('keypad')}"
devices.switches = "${devices.uri('switches')}"`,
  )
  const config = expectOk(await loadKioskConfig(folder.config, {}))
  const core = expectOk(await startCore(config, { log: silentLogger, closeWithParent: false }))
  onTestFinished(() => core.lifecycle.close())
  const kiosk = kioskClient(core.url, core.token)
  return { devices, kiosk, slips: folder.election.slips }
}

/** Follows the core by long poll until its view is so. */
async function viewWhere(
  kiosk: Client<KioskContract>,
  isSo: (view: KioskView, health: Health) => boolean,
): Promise<KioskView> {
  let view = expectOk(await kiosk.events({ after: null }))
  while (!isSo(view, expectOk(await kiosk['health.get']({}))))
    view = expectOk(await kiosk.events({ after: view.cursor }))
  return view
}

function printed(devices: SimulatedDevices, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (devices.printer.receipts.length < count) return
      stop()
      resolve()
    }
    const stop = devices.onChange(look)
    look()
  })
}

test('the core prints the tracker, the cast receipt and the close report; paper that ends half way and an unplugged printer stop no vote', async () => {
  const { devices, kiosk, slips } = await machine()
  const { printer } = devices
  await viewWhere(kiosk, (_, health) => health.printer.state === 'online' && health.printer.paper === 'ok')
  await openPolls(kiosk)
  await printed(devices, 1)

  await prepareBlank(kiosk, slips[0] as string)
  await viewWhere(kiosk, ({ receipt }) => receipt === 'printed')
  expectOk(await kiosk['session.cast']({}))
  await viewWhere(kiosk, ({ receipt }) => receipt === 'printed')
  expect(printer.receipts).toHaveLength(3)
  await goAway(kiosk)

  // The roll ends in the middle of the next paper.
  printer.change({ rowsOfPaperLeft: 60 })
  await prepareBlank(kiosk, slips[1] as string)
  await viewWhere(kiosk, ({ receipt }, health) => receipt === 'failed' && health.printer.paper === 'out')
  expectOk(await kiosk['session.cast']({}))
  expect((await viewWhere(kiosk, ({ receipt }) => receipt === 'failed')).screen.screen).toBe('stored')
  await goAway(kiosk)
  const before = printer.receipts.length

  printer.change({ paper: 'ok', rowsOfPaperLeft: undefined })
  await devices.setPlugged('printer', false)
  await viewWhere(kiosk, (_, health) => health.printer.state === 'offline')
  await prepareBlank(kiosk, slips[2] as string)
  await viewWhere(kiosk, ({ receipt }) => receipt === 'failed')
  await devices.setPlugged('printer', true)
  await viewWhere(kiosk, (_, health) => health.printer.state === 'online' && health.printer.paper === 'ok')
  expectOk(await kiosk['session.cast']({}))
  await viewWhere(kiosk, ({ receipt }) => receipt === 'printed')
  await goAway(kiosk)

  expect((await closePolls(kiosk)).cast).toBe(3)
  // The papers nobody got do not come out in front of the next person.
  await printed(devices, before + 2)
  expect(printer.receipts).toHaveLength(before + 2)
  expect(printer.strayLetters).toBe(0)
})

test('keys and switches that the core opened itself come with the view, once each, and unplugging is said', async () => {
  const { devices, kiosk } = await machine()
  const both = (state: string) => (_: KioskView, health: Health) =>
    health.keypad.state === state && health.switches.state === 'online'
  await viewWhere(kiosk, both('online'))
  for (const key of ['down', 'down', 'select']) {
    devices.setKey('keypad', key, true)
    devices.setKey('keypad', key, false)
    await viewWhere(kiosk, ({ input }) => input.keys.at(-1)?.key === key)
  }
  devices.setKey('keypad', 'headphones', true)
  devices.setKey('switches', 'move', true)
  const view = await viewWhere(
    kiosk,
    ({ input }) => input.headphones === 'in' && input.keys.at(-1)?.key === 'switch-move',
  )
  // The second press within 150 ms is a double strike.
  expect(view.input.keys.map(({ key }) => key).filter((key) => key !== 'down')).toEqual([
    'select',
    'switch-move',
  ])
  expect(view.input.keys.map(({ number }) => number)).toEqual(view.input.keys.map((_, i) => i + 1))
  await devices.setPlugged('keypad', false)
  await viewWhere(
    kiosk,
    (view, health) => both('offline')(view, health) && view.input.headphones === 'unknown',
  )
  await devices.setPlugged('keypad', true)
  await viewWhere(kiosk, both('online'))
  devices.setKey('keypad', 'up', true)
  await viewWhere(kiosk, ({ input }) => input.keys.at(-1)?.key === 'up')
})
