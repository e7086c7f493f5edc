import { fileURLToPath } from 'node:url'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'
import { openDatabase } from '@hanpyo/platform/sqlite.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from './contract/define.ts'
import type { KioskContract } from './contract/kiosk-contract.ts'
import { type CoreFolder, createCoreFolder } from './testing/core-folder.ts'
import { goAway, kioskClient, openPolls, prepareBlank } from './testing/kiosk-client.ts'

const RUN = fileURLToPath(new URL('./testing/run-command.ts', import.meta.url))
const KILLS = process.env.HANPYO_FULL === '1' ? 20 : 4

async function startCore(folder: CoreFolder): Promise<{ child: Child; kiosk: Client<KioskContract> }> {
  const args = [RUN, 'kiosk', 'core', '--config', folder.config]
  const child = await spawnChild({ command: process.execPath, args, ready: 'json-line' })
  const { url, token } = child.ready as { url: string; token: string }
  return { child, kiosk: kioskClient(url, token) }
}

/**
 * When to kill after the cast request went out: at once, spread over the ~20 ms that casting takes, and in the last
 * run only after the answer.
 */
const killDelayMs = (run: number) => (run === KILLS - 1 ? null : (run * 7) % 20)

async function castAndKill(core: { child: Child; kiosk: Client<KioskContract> }, delayMs: number | null) {
  const casting = core.kiosk['session.cast']({})
  if (delayMs === 0) core.child.kill('SIGKILL')
  else if (delayMs !== null) setTimeout(() => core.child.kill('SIGKILL'), delayMs)
  const { ok: isConfirmed } = await casting
  core.child.kill('SIGKILL')
  await core.child.exited
  return isConfirmed
}

test('killed at any point of casting, a kiosk never loses a vote it confirmed and never stores one twice', {
  timeout: 300_000,
}, async () => {
  const folder = await createCoreFolder({ slipCount: KILLS, style: 2 })
  onTestFinished(() => folder.remove())
  let core = await startCore(folder)
  onTestFinished(async () => void (await core.child.stop()))
  await openPolls(core.kiosk)
  let confirmed = 0
  for (let run = 0; run < KILLS; run++) {
    const slip = folder.election.slips[run] as string
    await prepareBlank(core.kiosk, slip)
    const isConfirmed = await castAndKill(core, killDelayMs(run))
    if (isConfirmed) confirmed++
    core = await startCore(folder)
    const scanned = await core.kiosk['session.scan']({ text: slip })
    if (!scanned.ok) expect(scanned.error).toBe('slip-used')
    if (isConfirmed) expect(scanned.ok).toBe(false)
    if (scanned.ok) {
      expectOk(await core.kiosk['session.review']({}))
      expectOk(await core.kiosk['session.prepare']({}))
      expectOk(await core.kiosk['session.cast']({}))
      await goAway(core.kiosk)
    } else {
      expectOk(await core.kiosk['session.leave']({}))
    }
  }
  // Both sides of the commit were hit, or this test says little.
  expect(confirmed).toBeGreaterThan(0)
  expect(confirmed).toBeLessThan(KILLS)
  const database = openDatabase(folder.boxPath, { journal: 'DELETE', synchronous: 'EXTRA', readOnly: true })
  const ballots = database.prepare('SELECT canonical FROM ballot').all<{ canonical: Uint8Array }>()
  database.close()
  const slips = ballots.map(({ canonical }) => expectOk(parseBallot(canonical)).credentialIndex)
  expect(new Set(slips).size).toBe(KILLS)
  expect(slips).toHaveLength(KILLS)
})
