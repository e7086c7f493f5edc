import { createServer } from 'node:net'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { noteLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, onTestFinished, test } from 'vitest'
import { loadKioskConfig } from './config.ts'
import { startCore } from './main.ts'
import { type CoreFolder, createCoreFolder } from './testing/core-folder.ts'
import { CORE_PIN, kioskClient, openPolls, prepareBlank } from './testing/kiosk-client.ts'

async function start(folder: CoreFolder) {
  const config = expectOk(await loadKioskConfig(folder.config, {}))
  const core = expectOk(await startCore(config, { log: silentLogger, closeWithParent: false }))
  onTestFinished(() => core.lifecycle.close('test'))
  return kioskClient(core.url, core.token)
}

async function folderWith(tables: string): Promise<CoreFolder> {
  const folder = await createCoreFolder({ slipCount: 2, style: 2 })
  onTestFinished(() => folder.remove())
  folder.configure(tables)
  return folder
}

test('the polls open as soon as the authority opened the election in the ledger, and a wrong clock is said', async () => {
  const folder = await folderWith('')
  const { election, seeds } = folder.election
  const log = new LedgerBuilder({ ed25519: nobleEd25519, origin: election.manifest.id, logSeed: seeds.log })
  log.addBatch({ notes: [noteLeaf(RECORD.manifest, folder.election.manifestNote)] })
  const handler = createLogHandler(
    pathReader(async (path) =>
      path === 'checkpoint' ? utf8(log.checkpoint as string) : (log.files.get(path) ?? null),
    ),
  )
  const threeHoursOn = new Date(Date.now() + 3 * 3_600_000).toUTCString()
  const server = await serveFetch(async (request) => {
    const response = await handler(request)
    response.headers.set('date', threeHoursOn)
    return response
  })
  onTestFinished(() => server.close())
  folder.configure(`[ledger]\nurl = "${server.url}"`)
  const kiosk = await start(folder)
  expectOk(await kiosk['staff.unlock']({ secret: CORE_PIN }))
  expect(await kiosk['staff.open']({ anyway: true })).toEqual({ ok: false, error: 'election-not-open' })
  const value = {
    manifest: toBase64(election.manifestHash),
    state: 'open',
    at: election.manifest.times.opens,
  }
  const name = keyName.authority(election.manifest.id)
  const record = { ed25519: nobleEd25519, keyName: name, seed: seeds.authority, value }
  log.addBatch({ notes: [noteLeaf(RECORD.polls, signRecord(record))] })
  expectOk(await kiosk['staff.open']({}))
  const { clock, election: seen } = expectOk(await kiosk['health.get']({}))
  expect(seen).toMatchObject({ state: 'open', ledger: 'online' })
  expect(clock).toMatchObject({ state: 'wrong', source: 'ledger' })
  expect(clock.aheadSeconds).toBeLessThan(-10_000)
  // The clock is hours off, and people vote.
  expectOk(await kiosk['staff.lock']({}))
  await prepareBlank(kiosk, folder.election.slips[0] as string)
  expect((await kiosk['session.cast']({})).ok).toBe(true)
})

test('without printer, lamp and ledger in reach a kiosk with all three still takes votes, and says what is missing', async () => {
  const gone = createServer()
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
  const { port } = gone.address() as { port: number }
  await new Promise((resolve) => gone.close(resolve))
  const folder = await folderWith(`printer.uri = "tcp:127.0.0.1:${port}"
lamp.uri = "tcp:127.0.0.1:${port}"
ledger.url = "http://127.0.0.1:${port}/"`)
  const kiosk = await start(folder)
  await openPolls(kiosk)
  expectOk(await kiosk['session.help']({ isCalled: true }))
  await prepareBlank(kiosk, folder.election.slips[0] as string)
  let view = expectOk(await kiosk['session.cast']({}))
  while (view.receipt === 'printing') view = expectOk(await kiosk.events({ after: view.cursor }))
  expect(view).toMatchObject({ receipt: 'failed', isHelpCalled: true, screen: { screen: 'stored' } })
  const health = expectOk(await kiosk['health.get']({}))
  expect(health.printer).toMatchObject({ state: 'offline', problem: 'printer-not-connected' })
  expect(health.election).toMatchObject({ state: 'unknown', ledger: 'offline' })
})
