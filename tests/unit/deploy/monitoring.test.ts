import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMetrics } from '@hanpyo/gateway-bridge/metrics.ts'
import { registerGauges } from '@hanpyo/gateway-bridge/operations/gauges.ts'
import { runProgram } from '@hanpyo/platform/run-program.ts'
import { mirrorMetrics } from '@hanpyo/verifier/mirror/metrics.ts'
import { MonitorMetrics } from '@hanpyo/verifier/monitor/metrics.ts'
import { WitnessMetrics } from '@hanpyo/verifier/witness/metrics.ts'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url))
const read = (path: string) => readFile(join(DEPLOY, path), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string }
}

async function rules(): Promise<Rule[]> {
  const { groups } = parse(await read('monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules)
}

/** Names of the series that bridge, witness, mirror and monitor show, with the suffixes of their types. */
async function shownSeries(): Promise<Set<string>> {
  const metrics = createMetrics({ waitingCount: () => 0, inFlightCount: () => 0, reassemblyCount: () => 0 })
  registerGauges({
    registry: metrics.registry,
    dataDir: tmpdir(),
    publishedNote: () => null,
    witnesses: () => [],
    health: () => ({ isAccepting: true, storage: 'ok', mqtt: { online: 1, wanted: 1 } }),
    isLeading: () => true,
    clockOffsetSeconds: () => null,
    clockBehindSeconds: () => 0,
  })
  const noLogs = { origins: () => [], read: () => undefined, conflicts: () => [] }
  const mirror = { size: 0, problem: null, failure: null, unreadable: null, lookedAt: null }
  const others = [new MonitorMetrics().text(), new WitnessMetrics(noLogs).text(), mirrorMetrics(mirror)]
  const text = (await metrics.registry.metrics()) + others.join('')
  const typed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return new Set(
    typed.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
}

const seriesIn = (expression: string) => expression.match(/\b(?:hanpyo|process|nodejs)_[a-z0-9_]+/g) ?? []

test('dashboard and alerts name only series that exist, and every series of bridge, witness and mirror is looked at', async () => {
  const shown = await shownSeries()
  const dashboard = JSON.parse(await read('monitoring/dashboard.json')) as {
    panels: { targets: { expr: string }[] }[]
  }
  const expressions = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...(await rules()).map(({ expr }) => expr),
  ]
  const named = new Set(expressions.flatMap(seriesIn))
  expect([...named].filter((name) => !shown.has(name))).toEqual([])
  const stems = new Set([...named].map((name) => name.replace(/_(bucket|sum|count)$/, '')))
  const unwatched = [...shown]
    .filter((name) => /^hanpyo_(bridge|witness|mirror)_/.test(name))
    .map((name) => name.replace(/_(bucket|sum|count)$/, ''))
    .filter((name) => !stems.has(name))
  expect(unwatched).toEqual([])
})

test('every alert says what is, and the operator guide what to do', async () => {
  const guide = await readFile(join(DEPLOY, '../docs/guides/operator.md'), 'utf8')
  for (const { alert, annotations } of await rules()) {
    expect(annotations.summary.length, alert).toBeGreaterThan(20)
    expect(guide).toContain(`\`${alert}\``)
  }
})

test('Prometheus itself reads the rules', async (context) => {
  const checked = await runProgram('promtool', ['check', 'rules', join(DEPLOY, 'monitoring/alerts.yml')])
  if (checked === null) return context.skip('promtool is not installed')
  expect(checked.code, checked.stderr).toBe(0)
})

test('every service is confined, and a restart is left to people where it would not help', async (context) => {
  const units = (await readdir(join(DEPLOY, 'systemd'))).filter((name) => name.endsWith('.service'))
  expect(units).toEqual([
    'hanpyo-bridge.service',
    'hanpyo-mirror.service',
    'hanpyo-monitor.service',
    'hanpyo-witness.service',
  ])
  const paths = units.map((name) => join(DEPLOY, 'systemd', name))
  const verified = await runProgram('systemd-analyze', ['verify', '--man=no', ...paths])
  if (verified === null) return context.skip('systemd-analyze is not installed')
  const complaints = verified.stderr.split('\n').filter((line) => line.includes('hanpyo-'))
  expect(complaints.filter((line) => !line.includes('is not executable'))).toEqual([])
  // 0 is locked up, 10 is bare; systemd calls everything under 2.0 well confined.
  const rated = await runProgram('systemd-analyze', [
    'security',
    '--offline=true',
    '--threshold=20',
    '--no-pager',
    ...paths,
  ])
  expect(rated?.code, new TextDecoder().decode(rated?.stdout).slice(-400)).toBe(0)
})
