import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { makeDurableDirectory, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { formatFraudProof } from '@hanpyo/protocol/link/fraud-proof.ts'
import { readTimeout, withSource } from '../command-source.ts'
import { printable } from '../format.ts'
import { openLog } from '../open-log.ts'
import { openSource } from '../source/open.ts'
import { SourceError } from '../source/source.ts'
import { openUrl } from '../source/url.ts'
import { MonitorMetrics } from './metrics.ts'
import { type Look, Monitor } from './monitor.ts'
import type { PromiseFile } from './promise-watch.ts'

const monitor: Command = {
  name: 'monitor',
  summary: 'Compare what a ledger, its witnesses and its mirrors show, and report what does not fit',
  usage: `hanpyo monitor <url> --manifest-hash HEX [options]

Asks the ledger, every witness and every mirror of the manifest for its newest checkpoint, verifies all signatures and
the consistency among them, and reads new records for what may not come after the polls are sealed. Prints one JSON line
for each finding and one for each look.

  --manifest-hash HEX  the announced hash of the manifest
  --once               look once (the default is to look until Ctrl-C)
  --every SECONDS      how often to look (default 60)
  --max-age SECONDS    how old cosignatures may be while the polls are open (default 1800)
  --grace SECONDS      how long a witness may be ahead of the ledger (default 60)
  --promises DIR       judge the bridges' promises in that folder (*.note) when they are due
  --evidence DIR       keep the signed notes of every finding there, and a proof file of each broken promise
  --metrics-port PORT  serve GET /metrics (Prometheus) on 127.0.0.1
  --timeout SECONDS    for one request (default 60)

With --once, exit code 0: nothing found. 1: findings. 2: the ledger could not be read at all.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        'manifest-hash': { type: 'string' },
        once: { type: 'boolean' },
        every: { type: 'string' },
        'max-age': { type: 'string' },
        grace: { type: 'string' },
        promises: { type: 'string' },
        evidence: { type: 'string' },
        'metrics-port': { type: 'string' },
        timeout: { type: 'string' },
      },
    })
    const [location] = positionals
    if (location === undefined || positionals.length > 1) throw new UsageError('give the URL of one ledger')
    const pin = values['manifest-hash']
    if (pin === undefined || !/^[0-9a-f]{64}$/.test(pin)) {
      throw new UsageError('--manifest-hash takes the 64 lower-case hex digits of the announcement')
    }
    const everySeconds = secondsOf('--every', values.every, 60)
    const timeoutMs = readTimeout(values.timeout)
    const promiseDir = values.promises === undefined ? undefined : resolve(io.cwd, values.promises)
    return withSource(io, { timeoutMs }, async (url) => {
      const { ed25519 } = await createNodeBackend()
      const source = await openSource(location, io.cwd, url)
      const log = await openLog(source, ed25519)
      if (!log.ok) throw new SourceError('not-a-log', log.detail ?? log.error, 'Check the address.')
      const found = toHex(log.value.manifestHash)
      if (found !== pin) {
        throw new SourceError('not-a-log', `another election: manifest ${found}`, 'Check the announcement.')
      }
      const clock = createRealClock()
      const watching = new Monitor({
        ed25519,
        manifest: log.value.manifest,
        source,
        openMirror: (mirror) => openUrl(mirror, { ...url, retryDelaysMs: [] }),
        fetch: url.fetch,
        timeoutMs,
        now: () => clock.now() / 1000,
        maxAgeSeconds: secondsOf('--max-age', values['max-age'], 1800),
        graceSeconds: secondsOf('--grace', values.grace, 60),
        ...(promiseDir === undefined ? {} : { promises: () => readPromises(promiseDir) }),
      })
      const metrics = new MonitorMetrics()
      const port = values['metrics-port']
      const server = port === undefined ? null : await serveMetrics(metrics, portOf(port))
      if (server !== null) io.stdout(JSON.stringify({ metrics: new URL('/metrics', server.url).href }))
      for (;;) {
        const look = await watching.look()
        const time = new Date(clock.now()).toISOString()
        metrics.looked(look, Math.floor(clock.now() / 1000))
        if (values.evidence !== undefined) {
          await keepEvidence(resolve(io.cwd, values.evidence), look, log.value.manifestNote)
        }
        for (const { finding, who, detail } of look.findings) {
          io.stdout(printable(JSON.stringify({ time, finding, who, detail })))
        }
        const { heads, unmatched, promises } = look
        io.stdout(
          printable(JSON.stringify({ time, findings: look.findings.length, heads, unmatched, promises })),
        )
        if (values.once) {
          await server?.close()
          return look.findings.length === 0 ? EXIT.ok : EXIT.failed
        }
        await clock.sleep(everySeconds * 1000)
      }
    })
  },
}

export const monitorCommands: readonly Command[] = [monitor]

/** Every signed note of a finding, and a proof file of each broken promise, as files named by the SHA-256 of note or promise. */
export async function keepEvidence(
  folder: string,
  { findings }: Pick<Look, 'findings'>,
  manifestNote: string,
): Promise<void> {
  const notes = new Set(findings.flatMap((finding) => finding.notes))
  const broken = findings.flatMap(({ promise }) => promise ?? [])
  if (notes.size + broken.length > 0) await makeDurableDirectory(folder)
  for (const evidence of broken) {
    const path = join(folder, `${toHex(sha256(utf8(evidence.promise)))}.fraud-proof.json`)
    // The first one stays: a log that publishes late makes later evidence weaker.
    if (!existsSync(path)) await writeDurable(path, formatFraudProof(manifestNote, evidence))
  }
  for (const note of notes) await writeDurable(join(folder, `${toHex(sha256(utf8(note)))}.checkpoint`), note)
}

/** Far more than a kiosk has ballots, and far longer than a note; what is beyond is left alone. */
const MAX_PROMISES = 100_000
const MAX_PROMISE_BYTES = 8 * 1024

/** The `*.note` files of a folder, in the order of their names. A folder that is not there yet has none. */
export async function readPromises(folder: string): Promise<PromiseFile[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.note')).sort()
  const files: PromiseFile[] = []
  for (const name of names.slice(0, MAX_PROMISES)) {
    const path = join(folder, name)
    const isShort = (await stat(path).catch(() => null))?.size ?? MAX_PROMISE_BYTES + 1
    const note = isShort > MAX_PROMISE_BYTES ? null : await readFile(path, 'utf8').catch(() => null)
    files.push({ name, note })
  }
  return files
}

function serveMetrics(metrics: MonitorMetrics, port: number) {
  const log = createLogger({ name: 'monitor' })
  return serveFetch(async (request) => metrics.handle(request), { host: '127.0.0.1', port, log })
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError('--metrics-port takes 0 … 65535')
  return port
}

function secondsOf(option: string, text: string | undefined, otherwise: number): number {
  const seconds = Number(text ?? otherwise)
  if (!(seconds > 0 && seconds <= 86_400 * 365)) throw new UsageError(`${option} takes seconds`)
  return seconds
}
