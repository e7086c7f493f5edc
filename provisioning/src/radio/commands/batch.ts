import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand, type Session } from '../../frame/command.ts'
import { deviceFolder } from '../../frame/device-folder.ts'
import { languageOf, type ProvisionError } from '../../frame/errors.ts'
import type { Ports } from '../../frame/ports.ts'
import type { Step } from '../../frame/step.ts'
import { openSigner } from '../../identity/signer.ts'
import type { DeviceRow, DeviceTable, KnownPlaces } from '../batch/device-rows.ts'
import { readDeviceTable } from '../batch/device-rows.ts'
import { folderStep, type RowContext } from '../batch/device-step.ts'
import { showProgress } from '../batch/progress.ts'
import { type BatchListener, type PrepareRow, type RowOutcome, runBatch } from '../batch/run-batch.ts'
import { openServer, SERVER_OPTIONS, SERVER_USAGE } from '../chirpstack/open-server.ts'
import { type ChirpStackContext, deviceSteps, homeSteps } from '../chirpstack/steps.ts'
import { keyStep } from '../key-step.ts'
import { type LabelContext, labelStep } from '../label/step.ts'
import { findFailure } from '../modem/explain.ts'
import { findModem, type ModemPorts } from '../modem/find-modem.ts'
import { joinStep, linkStep, type ModemContext, programStep } from '../modem/steps.ts'
import { DEFAULT_JOIN_EUI } from '../radio-file.ts'
import { HOME_OPTIONS, HOME_USAGE, readEuis, readHome } from './arguments.ts'
import { serialModemPorts } from './modem.ts'

type BatchContext = RowContext &
  ChirpStackContext &
  LabelContext &
  Partial<Pick<ModemContext, 'modem' | 'uri'>>

const PARALLEL = 8
/** More failures than this look alike in the exit code. */
const MOST_COUNTED = 99

export function batchCommand(
  ports: () => Ports,
  modemPorts: (ports: Ports) => ModemPorts = serialModemPorts,
): Command {
  return provisionCommand({
    name: 'provision batch',
    summary: 'Prepares many devices from a table: folders, keys, ChirpStack, modems where named, labels.',
    usage: `Usage: hanpyo provision batch devices.csv [--dir DIR] [--url URL] [options]

The table is CSV in UTF-8; its first row names the columns kiosk (번호), centre (장소), devEui, and if wanted joinEui, description (이름)
and port (포트: the modem to be programmed now). All rows are checked before anything is done. Each device gets the folder DIR/<kiosk>
with a journal of its own: running the same command again goes on with what is missing.

  --election DIR    folder with manifest.note: centres and kiosks have to be in it
  --parallel N      devices at a time (default ${PARALLEL})
  --join-eui EUI    for rows without one
  --no-chirpstack   folders, keys and labels only
${SERVER_USAGE}
${HOME_USAGE}

${COMMON_USAGE}
Exit code of an unfinished batch: 100 + the number of devices that failed (199 for 99 and more).`,
    options: {
      ...SERVER_OPTIONS,
      ...HOME_OPTIONS,
      election: { type: 'string' },
      parallel: { type: 'string' },
      'join-eui': { type: 'string' },
      'no-chirpstack': { type: 'boolean', default: false },
    },
    ports,
    openSigner,
    async body(session) {
      const { must } = session
      const [file] = session.positionals
      if (file === undefined || session.positionals.length > 1) throw new UsageError('one table expected')
      const parallel = Number(session.flag('parallel') ?? PARALLEL)
      if (!Number.isInteger(parallel) || parallel < 1 || parallel > 64)
        return must(err('answer-invalid', '--parallel: 1 to 64'))
      const places = must(await readPlaces(session))
      const table = must(await readTable(resolve(session.io.cwd, file), places))
      const joinEui = must(readEuis(session)).joinEui ?? DEFAULT_JOIN_EUI
      const home = must(readHome(session))
      const opened = session.isSet('no-chirpstack') ? null : must(await openServer(session, undefined))
      if (opened === null && !session.isSet('no-chirpstack')) return must(err('chirpstack-url', 'no --url'))
      const ids = { tenantId: undefined, applicationId: undefined, deviceProfileId: undefined }
      const contextOf = (row: DeviceRow): BatchContext => ({
        ...session.ctx,
        folder: deviceFolder(join(session.ctx.folder.root, String(row.kiosk))),
        row,
        server: opened?.server as ChirpStackContext['server'],
        tokenKind: opened?.tokenKind ?? 'key',
        ca: opened?.ca,
        home,
        ids,
        identity: {
          devEui: row.devEui,
          joinEui: row.joinEui ?? joinEui,
          appKey: undefined,
          replaceKeys: false,
        },
        kiosk: {
          kiosk: row.kiosk,
          centre: row.centre,
          description: row.description || `${row.centre} ${row.kiosk}`,
        },
        enable: false,
        profileId: '00000000',
        isLastOfMany: true,
      })
      try {
        if (opened !== null) {
          const shared: ChirpStackContext = { ...contextOf(table.rows[0]!), folder: session.ctx.folder }
          const code = await session.run<ChirpStackContext>(homeSteps(home), shared)
          if (code !== 0) return code
        }
        const technician = session.path('technician') ?? session.io.env.HANPYO_TECHNICIAN
        const signer =
          technician === undefined || session.dryRun ? undefined : must(await openSigner(session, technician))
        const outcomes = await runBatch<BatchContext>({
          rows: table.rows,
          parallel,
          dryRun: session.dryRun,
          io: session.io,
          signer,
          prepare: preparer(contextOf, opened !== null, modemPorts(session.ports)),
          listener: listenerOf(session, table, parallel),
        })
        return finish(session, outcomes)
      } finally {
        opened?.server.close()
      }
    },
  })
}

function preparer(
  contextOf: (row: DeviceRow) => BatchContext,
  hasServer: boolean,
  ports: ModemPorts,
): PrepareRow<BatchContext> {
  const registering = hasServer ? (deviceSteps as readonly Step<BatchContext>[]) : []
  return async (row) => {
    const steps: Step<BatchContext>[] = [folderStep(), keyStep(), ...registering, labelStep()]
    if (row.port === undefined) return { ctx: contextOf(row), steps, close: async () => {} }
    const found = await findModem(ports, row.port)
    if (!found.ok) {
      const failure = findFailure(found)
      if (failure.ok) throw new Error('a failure is no success')
      return { failure }
    }
    const { modem, uri } = found.value
    const modemSteps = hasServer ? [programStep, joinStep, linkStep] : [programStep]
    return {
      ctx: { ...contextOf(row), modem, uri },
      steps: [...steps, ...(modemSteps as unknown as Step<BatchContext>[])],
      close: () => modem.close(),
    }
  }
}

function listenerOf(session: Session, { rows }: DeviceTable, parallel: number): BatchListener {
  const { io, report } = session
  const isJson = session.isSet('json')
  const progress = showProgress({
    total: rows.length,
    parallel,
    isTerminal: session.terminal !== undefined && process.stderr.isTTY,
    language: languageOf(io.env),
    print: io.stderr,
  })
  if (!isJson) return progress
  const silent = () => {}
  return {
    begun: silent,
    moved: silent,
    ended({ row, exitCode, failure, step, isNew, changes }) {
      const state =
        exitCode !== 0 ? 'failed' : changes.length > 0 ? 'would-change' : isNew ? 'done' : 'already-done'
      report.fact(
        {
          device: row.kiosk,
          devEui: row.devEui,
          line: row.line,
          state,
          exit: exitCode,
          step: step ?? null,
          error: failure?.error ?? null,
          detail: failure?.detail ?? null,
          changes: changes.map(({ what, from, to }) => ({ what, from, to })),
        },
        '',
      )
    },
  }
}

function finish(session: Session, outcomes: readonly RowOutcome[]): number {
  const failed = outcomes.filter(({ exitCode }) => exitCode !== 0)
  if (failed.length === 0) {
    session.report.fact({ devices: outcomes.length, failed: 0 }, `✓ ${outcomes.length}`)
    return 0
  }
  const kiosks = failed.map(({ row }) => row.kiosk).sort((a, b) => a - b)
  session.report.failure({
    error: 'batch-incomplete',
    detail: `${failed.length} of ${outcomes.length}: ${kiosks.join(', ')}`,
  })
  return 100 + Math.min(failed.length, MOST_COUNTED)
}

async function readTable(path: string, places: KnownPlaces): Promise<Result<DeviceTable, ProvisionError>> {
  let table: Awaited<ReturnType<typeof readDeviceTable>>
  try {
    table = await readDeviceTable(createReadStream(path), places)
  } catch (error) {
    return err('csv-missing', error instanceof Error ? error.message : String(error))
  }
  if (!table.ok) return table
  const { problems } = table.value
  if (problems.length === 0) return table
  const lines = problems
    .slice(0, 50)
    .map(({ line, code, detail }) => `line ${line}: ${code}${detail === '' ? '' : ` (${detail})`}`)
  const more = problems.length > 50 ? [`and ${problems.length - 50} more`] : []
  return err('csv-rows', [...lines, ...more].join('\n'))
}

async function readPlaces(session: Session): Promise<Result<KnownPlaces, ProvisionError>> {
  const folder = session.path('election')
  if (folder === undefined) return ok({ centres: undefined, slots: undefined })
  const path = join(folder, 'manifest.note')
  const text = await readFile(path, 'utf8').catch(() => null)
  const note = text === null ? null : parseNote(text)
  if (note === null || !note.ok) return err('election-unreadable', path)
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return err('election-unreadable', `${path}: ${manifest.error}`)
  const { centres, kioskSlots } = manifest.value
  return ok({
    centres: centres.map(({ id }) => id),
    slots: new Map(kioskSlots.map(({ id, centre }) => [id, centre])),
  })
}
