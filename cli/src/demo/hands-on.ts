import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pollsRecord } from '@hanpyo/authority/official-records.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { readSlipTexts } from './election-setup.ts'
import { publish } from './polling-day.ts'
import type { Progress } from './progress.ts'
import { DEMO_PIN, openKiosk } from './staff.ts'
import { startWorld } from './world.ts'

/** A fresh election with open polls that stays up until Ctrl-C, with addresses and slips to try by hand. */
export async function runHandsOn(options: {
  readonly electionFile: string
  readonly broker: 'mosquitto' | 'aedes' | 'auto'
  readonly progress: Progress
  stdout(line: string): void
}): Promise<void> {
  const { progress, stdout } = options
  const lifecycle = createLifecycle({ closerTimeoutMs: 30_000 })
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-hands-on-'))
  lifecycle.onClose('files', () => rm(dir, { recursive: true, force: true }))
  progress.say('Now a second election for you, at real speed …')
  const world = await startWorld({
    dir,
    electionFile: options.electionFile,
    backend: await createNodeBackend(),
    speed: 1,
    seed: 'hands-on',
    broker: options.broker,
    frameLoss: 0,
    minimumCount: 2,
    wifi: [true, false, false],
    isWatched: true,
  })
  lifecycle.onClose('world', () => world.close())
  for (const { enrolled } of world.kiosks) await publish(world, enrolled.record)
  const now = Math.floor(world.clock.now() / 1000)
  await publish(world, pollsRecord(world.offices.election, world.offices.authority, 'open', now))
  for (const { core } of world.kiosks) await openKiosk(core.client, world.clock)
  const slips = await readSlipTexts(world.offices.election)

  stdout('')
  stdout('Kiosk screens (open in a browser on this machine):')
  for (const { core, enrolled, link } of world.kiosks) {
    stdout(`  kiosk ${enrolled.id}, ${link.isUp ? 'Wi-Fi' : 'LoRaWAN only'}: ${core.entryUrl}`)
  }
  stdout(`Staff screen: press help, then staff; PIN ${DEMO_PIN}`)
  stdout('Slips to scan (a keyboard scanner types them; paste one on the slip screen):')
  for (const text of slips.slice(0, 5)) stdout(`  ${text}`)
  stdout(`Printable slips: ${world.offices.election.folder.slipPdf('1')}`)
  const pin = toHex(world.offices.election.manifestHash)
  stdout(`Public page: ${new URL(`/board/#manifest=${pin}`, world.bridge.url).href}`)
  if (world.watchers !== null) {
    stdout(
      `The same from a mirror, which has checked every record: ${new URL('/board/', world.watchers.mirrorUrl).href}`,
    )
  }
  stdout(`The same without scripts: ${new URL('/facts', world.bridge.url).href}`)
  stdout(`Ledger: ${new URL('/checkpoint', world.bridge.url).href}`)
  stdout(`Check it: npx hanpyo verify ${world.bridge.url} --manifest-hash ${pin}`)
  stdout('Ctrl-C ends it.')
  await lifecycle.closed
}
