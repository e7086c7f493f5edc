import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOffice } from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { batchCommand } from '@hanpyo/provisioning/radio/commands/batch.ts'
import type { Bench } from './harness.ts'

const DEVICES = 200

export const batchBench: Bench = {
  name: 'batch',
  summary: `${DEVICES} kiosks from a table, 8 at a time: folders, keys, the stand-in of ChirpStack, labels`,
  async run(report) {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-batch-'))
    const office = await openOffice()
    try {
      const rows = Array.from(
        { length: DEVICES },
        (_, i) => `${i + 1},banpo,f0f0f0f0ff${(i + 1).toString(16).padStart(6, '0')}`,
      )
      await writeFile(join(dir, 'devices.csv'), `kiosk,centre,devEui\n${rows.join('\n')}\n`)
      const io = {
        stdout: () => {},
        stderr: () => {},
        env: { HANPYO_CHIRPSTACK_TOKEN: office.adminToken },
        cwd: dir,
      }
      const once = async (what: string) => {
        report(`  ${what} …`)
        const startMs = performance.now()
        const args = ['devices.csv', '--url', `http://${office.address}`, '--yes', '--json']
        const exitCode = await batchCommand(nodePorts).run(args, io)
        if (exitCode !== 0) throw new Error(`the batch ended with ${exitCode}`)
        return (performance.now() - startMs) / 1000
      }
      const firstSeconds = await once('first run')
      const againSeconds = await once('second run, nothing to do')
      return [
        { name: `${DEVICES} devices`, value: firstSeconds, unit: 's', reach: '≤ 300' },
        { name: 'the same again', value: againSeconds, unit: 's' },
      ]
    } finally {
      office.close()
      await rm(dir, { recursive: true, force: true })
    }
  },
}
