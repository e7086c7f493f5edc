import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { ackBench } from './ack.ts'
import { admissionBench, sustainedBench } from './admission.ts'
import { ballotBench } from './ballot.ts'
import { batchBench } from './batch.ts'
import { catchUpBench } from './catch-up.ts'
import { codecBench } from './codec.ts'
import { countBench } from './count/count.ts'
import { fleetBench } from './fleet.ts'
import { type Bench, type Figure, formatTable } from './harness.ts'
import { kioskBench } from './kiosk.ts'
import { postgresBench } from './postgres.ts'
import { proofBench } from './proof.ts'
import { schcBench } from './schc.ts'
import { kioskScreensBench } from './screens/kiosk-screens.ts'
import { shuffleBench } from './shuffle.ts'

const BENCHES: readonly Bench[] = [
  ballotBench,
  admissionBench,
  sustainedBench,
  catchUpBench,
  postgresBench,
  ackBench,
  proofBench,
  shuffleBench,
  countBench,
  kioskBench,
  kioskScreensBench,
  codecBench,
  fleetBench,
  schcBench,
  batchBench,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, help: { type: 'boolean' } },
})

if (values.help) {
  console.log('npm run bench -- [name …] [--json FILE]\n')
  for (const { name, summary } of BENCHES) console.log(`  ${name.padEnd(12)} ${summary}`)
} else {
  const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown.length > 0) {
    console.error(
      `No such bench: ${unknown.join(', ')}. There are: ${BENCHES.map(({ name }) => name).join(', ')}.`,
    )
    process.exit(2)
  }
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' }
  console.log(
    `Node ${machine.node}, ${machine.cores} cores, ${machine.cpu}. Quote ratios; absolute times are noisy.`,
  )
  const results: Record<string, Figure[]> = {}
  const isWanted = ({ name, isOnDemand }: Bench) =>
    positionals.includes(name) || (positionals.length === 0 && isOnDemand !== true)
  for (const bench of BENCHES.filter(isWanted)) {
    console.log(`\n## ${bench.name}: ${bench.summary}`)
    const figures = await bench.run((line) => console.log(line))
    results[bench.name] = figures
    console.log(formatTable(figures))
  }
  const json = JSON.stringify({ machine, results }, null, 2)
  if (values.json === undefined) console.log(`\n${json}`)
  else writeFileSync(values.json, `${json}\n`)
}
