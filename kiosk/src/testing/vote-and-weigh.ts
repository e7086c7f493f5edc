/**
 * A whole core in this process, asked over its loopback port as a page would. Casts one ballot after another and prints
 * a JSON line with the bytes of its heap after each `every` of them.
 * Arguments: `kiosk.toml`, `every`, then the slips. Needs `--expose-gc`.
 */
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { loadKioskConfig } from '../config.ts'
import type { ContestView, SelectionView } from '../contract/views.ts'
import { startCore } from '../main.ts'
import { kioskClient, openPolls } from './kiosk-client.ts'

const [configFile = '', everyText = '', ...slips] = process.argv.slice(2)
const { gc } = globalThis
if (gc === undefined) throw new Error('start with --expose-gc')
const config = expectOk(await loadKioskConfig(configFile, process.env))
const { url, token, lifecycle } = expectOk(
  await startCore(config, { log: silentLogger, closeWithParent: false }),
)
const kiosk = kioskClient(url, token)
await openPolls(kiosk)
for (const [at, slip] of slips.entries()) {
  await vote(slip)
  if ((at + 1) % Number(everyText) !== 0) continue
  await gc({ type: 'major', execution: 'async' })
  console.log(JSON.stringify({ voters: at + 1, heapBytes: process.memoryUsage().heapUsed }))
}
await lifecycle.close('done')

async function vote(text: string): Promise<void> {
  expectOk(await kiosk['session.start']({}))
  const { screen } = expectOk(await kiosk['session.scan']({ text }))
  if (screen.screen !== 'contest') throw new Error(`a slip led to "${screen.screen}"`)
  for (const contest of screen.contestIds) {
    const shown = expectOk(await kiosk['session.show']({ contest })).screen
    if (shown.screen !== 'contest') throw new Error(`a contest led to "${shown.screen}"`)
    expectOk(await kiosk['session.select']({ contest, selection: firstOf(shown.contest) }))
  }
  expectOk(await kiosk['session.review']({}))
  expectOk(await kiosk['session.prepare']({}))
  expectOk(await kiosk['session.cast']({}))
  expectOk(await kiosk['session.receipt']({}))
  expectOk(await kiosk['session.finish']({}))
  expectOk(await kiosk['session.finish']({}))
}

function firstOf({ kind }: ContestView): SelectionView {
  if (kind === 'choose-one' || kind === 'yes-no') return { kind, option: 1 }
  return { kind, options: [1] }
}
