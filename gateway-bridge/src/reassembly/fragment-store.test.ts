import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { encodeReassembly } from '@hanpyo/protocol/link/schc/reassembly-bytes.ts'
import { EMPTY_REASSEMBLY } from '@hanpyo/protocol/link/schc/receiver.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openFragmentStore } from './fragment-store.ts'
import { createReassembly } from './reassembly.ts'

function temporaryFile(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hanpyo-fragments-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return join(dir, 'fragments.db')
}

test('a row is replaced, kept over a restart, and deleted', () => {
  const path = temporaryFile()
  const store = openFragmentStore(path, silentLogger)
  store.write(new Map([['a', Uint8Array.of(1)]]))
  store.write(
    new Map([
      ['a', Uint8Array.of(2, 2)],
      ['b', Uint8Array.of(3)],
    ]),
  )
  store.close()
  const again = openFragmentStore(path, silentLogger)
  expect(again.load()).toEqual(
    new Map([
      ['a', Uint8Array.of(2, 2)],
      ['b', Uint8Array.of(3)],
    ]),
  )
  again.write(new Map([['a', null]]))
  expect([...again.load().keys()]).toEqual(['b'])
  again.close()
})

test('a damaged file is made anew, because kiosks send again what was in it', () => {
  const path = temporaryFile()
  writeFileSync(path, 'this is no database, but it is long enough to be taken for one'.repeat(100))
  const events: string[] = []
  const store = openFragmentStore(path, { ...silentLogger, warn: (event) => void events.push(event) })
  expect(store.load().size).toBe(0)
  expect(events).toEqual(['fragments-file-replaced'])
  store.close()
})

test('a damaged row and the row of a device that is enrolled no more are dropped at the start', () => {
  const store = openFragmentStore(temporaryFile(), silentLogger)
  onTestFinished(() => store.close())
  const clock = createVirtualClock()
  const state = encodeReassembly({ ...EMPTY_REASSEMBLY, activeMs: clock.now() + 1e9 })
  store.write(
    new Map([
      ['damaged', Uint8Array.of(9, 9)],
      ['revoked', state],
      ['enrolled', state],
    ]),
  )
  const reassembly = createReassembly({
    store,
    clock,
    log: silentLogger,
    inactivityMs: 1_000,
    isEnrolled: (devEui) => devEui === 'enrolled',
  })
  expect(reassembly.size).toBe(1)
  expect([...store.load().keys()]).toEqual(['enrolled'])
  reassembly.close()
})

test('a clock that was ahead when a packet was stored does not keep it for ever', async () => {
  const store = openFragmentStore(temporaryFile(), silentLogger)
  onTestFinished(() => store.close())
  const clock = createVirtualClock()
  store.write(new Map([['enrolled', encodeReassembly({ ...EMPTY_REASSEMBLY, activeMs: clock.now() + 1e9 })]]))
  const options = { store, clock, log: silentLogger, inactivityMs: 1_000, isEnrolled: () => true }
  const reassembly = createReassembly(options)
  await clock.advance(2_000)
  expect(reassembly.size).toBe(0)
  reassembly.close()
})
