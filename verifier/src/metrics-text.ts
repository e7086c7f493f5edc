/** One number of a series: its labels as `label` makes them, empty for none. */
export type Sample = readonly [labels: string, value: number]

/** A series in Prometheus text format 0.0.4. `name` is whole, `hanpyo_…`. */
export function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

/** A sample for each entry, with one label. */
export function labelled(name: string, entries: readonly (readonly [string, number])[]): Sample[] {
  return entries.map(([value, number]) => [label(name, value), number])
}

export function label(name: string, value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `{${name}="${escaped}"}`
}

/** The answer to `GET /metrics`. */
export function metricsResponse(text: string): Response {
  const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
  return new Response(text, { headers })
}
