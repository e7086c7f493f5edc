import { join } from 'node:path'
import { formatAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { expect, test } from 'vitest'
import { DrillBridge } from './support/drill-bridge.ts'
import { DrillMirror, reaches } from './support/drill-mirror.ts'
import { DrillWitness, grown, runVerifier } from './support/drill-witness.ts'
import { FaultyProcess } from './support/faulty-process.ts'
import { CAN_MOUNT, SmallDisk } from './support/small-disk.ts'

/** On a real file system of a few megabytes, which takes root to mount; in the full run. */
const runs = CAN_MOUNT && process.env.HANPYO_FULL === '1'

/** Asks until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test.runIf(runs)(
  'a bridge whose disk is full acknowledges nothing, says so, and goes on when there is room',
  async () => {
    const bridge = await DrillBridge.prepare()
    const disk = SmallDisk.mount(bridge.dataDir, 4)
    try {
      await bridge.reset()
      const running = await FaultyProcess.start({ args: bridge.args })
      const kiosk = await bridge.kiosk()
      await kiosk.cast(bridge.nextBallot(), 300)
      disk.fill()
      // The log file may have room left inside: ballots are cast until one does not fit.
      const waiting = Array.from({ length: 60 }, () => kiosk.cast(bridge.nextBallot(), 300))
      const health = await until(
        async () =>
          (await (await fetch(`${running.url}/healthz`)).json()) as { storage: string; isAccepting: boolean },
        ({ isAccepting }) => !isAccepting,
      )
      expect(health).toMatchObject({ storage: 'disk-full', isAccepting: false })
      const before = kiosk.answers.size
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      expect([kiosk.answers.size, running.hasExited]).toEqual([before, false])

      disk.free()
      expect(new Set(await Promise.all(waiting))).toEqual(new Set([0]))
      await kiosk.close()
      expect(await running.stop()).toBe(0)
      expect(await bridge.audit(kiosk, null)).toMatchObject({ acked: 61, lost: 0, problems: [] })
    } finally {
      disk.unmount()
      await bridge.close()
    }
  },
)

test.runIf(runs)('a witness whose disk is full signs nothing, and goes on when there is room', async () => {
  const witness = await DrillWitness.prepare()
  const disk = SmallDisk.mount(join(witness.base, 'full'), 1)
  try {
    const dir = await witness.folder('full')
    const running = await FaultyProcess.start({
      args: ['witness', 'serve', '--dir', dir, '--close-with-parent'],
    })
    const show = (size: number): Promise<Response> => {
      const body = formatAddCheckpoint({ oldSize: 0, proof: [], note: grown(size, 'a').checkpoint as string })
      return fetch(`${running.url}/add-checkpoint`, { method: 'POST', body })
    }
    disk.fill()
    expect((await show(3)).status).toBe(503)
    expect((await show(3)).status).toBe(503)
    disk.free()
    expect((await show(3)).status).toBe(200)
    expect(await running.stop()).toBe(0)
    expect((await runVerifier(['fsck', dir])).code).toBe(0)
  } finally {
    disk.unmount()
    await witness.close()
  }
})

test.runIf(runs)(
  'a mirror whose disk is full keeps serving what it has, says so, and goes on when there is room',
  async () => {
    const mirror = await DrillMirror.prepare()
    const disk = SmallDisk.mount(join(mirror.base, 'full'), 2)
    try {
      const dir = await mirror.folder('full')
      mirror.show(0)
      const running = await FaultyProcess.start({ args: mirror.argsFor(dir) })
      const view = async () =>
        (await (await fetch(`${running.url}/mirror.v0.json`)).json()) as {
          size: number
          unreadable: string | null
        }
      const { size } = await until(view, (now) => now.size > 0)
      await reaches(running, size)
      disk.fill()
      mirror.show(1)
      expect(await until(view, ({ unreadable }) => unreadable !== null)).toMatchObject({
        size,
        unreadable: 'disk-full',
      })
      expect((await fetch(`${running.url}/tile/entries/000.p/${size}`)).status).toBe(200)
      disk.free()
      expect(await reaches(running, mirror.finalSize)).toBe(true)
      expect(await running.stop()).toBe(0)
      expect((await runVerifier(['fsck', dir, '--manifest-hash', mirror.manifestHash])).code).toBe(0)
    } finally {
      disk.unmount()
      await mirror.close()
    }
  },
)
