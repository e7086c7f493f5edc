import { join } from 'node:path'
import { type Readiness, type TestResult, verifyReadiness } from '@hanpyo/devices/self-test/readiness.ts'
import { describeCertificate } from '@hanpyo/platform/x509.ts'
import { fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { countSlips, type SlipAllocation } from '@hanpyo/protocol/election/slip-allocation.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { encodeVkey, noteVerifier, SIGNATURE_TYPE } from '@hanpyo/protocol/log/note.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { openJournal } from '../../frame/journal.ts'
import type { StepContext } from '../../frame/step.ts'
import { verifyWorkLog } from '../../frame/work-log.ts'
import { CERTIFICATE_FILES } from '../../identity/enrol-steps.ts'
import { readRequest, readText } from '../../identity/keygen-steps.ts'
import { readRadioFile } from '../../radio/radio-file.ts'
import { loadedElection } from '../commands/selftest.ts'
import { mergeResults, readReadiness } from '../selftest/readiness-file.ts'
import { heldSlips, serialNumbers } from '../slips.ts'
import { ownVersion } from '../software.ts'
import { isSimulated, missingParts } from './missing.ts'
import type { ProvisionReport } from './schema.ts'

export interface GatherOptions {
  /** Ed25519 key of a technician whose certificate was valid at that time (Unix seconds). */
  readonly technicianKey: (id: string, at: number) => Uint8Array | undefined
  /** Whether ChirpStack lets the device in now; null: it was not asked. */
  readonly chirpstack: 'registered' | 'disabled' | 'missing' | null
  /** Hash of the software here; a kiosk's own signed one goes before it. */
  readonly softwareHash: string | null
  /** An exercise: tests of simulated devices count. The report says so. */
  readonly allowSimulated?: boolean
}

/** Puts together what lies in a device folder; changes nothing. A damaged file ends it, a missing one makes the device not ready. */
export async function gatherReport(
  ctx: StepContext,
  options: GatherOptions,
): Promise<Result<ProvisionReport, ProvisionError>> {
  const { clock, files, folder } = ctx
  const device = await readDevice(files, folder)
  if (!device.ok) return device
  const journal = await openJournal(files, folder)
  if (!journal.ok) return journal
  const radio = await readRadioFile(files, folder)
  if (!radio.ok) return radio
  const tested = await readReadiness(files, folder)
  if (!tested.ok) return tested
  const logBytes = await files.read(folder.workLog)
  const log = verifyWorkLog(logBytes ?? new Uint8Array(), nobleEd25519, options.technicianKey)
  const loaded = await loadedElection(ctx, folder.root)
  const own = loaded.ok ? await kioskReadiness(ctx, loaded.value.manifest.id, device.value.id) : null
  const at = Math.floor(clock.now() / 1000)
  const { programming, joined, firmware } = radio.value
  const results = resultsOf(tested.value, own, loaded.ok ? loaded.value.manifest.id : null)
  const facts: Omit<ProvisionReport, 'missing' | 'verdict'> = {
    version: 1,
    kiosk: device.value.id,
    centre: device.value.centre,
    name: device.value.name,
    state: device.value.state,
    at,
    steps: [...journal.value.steps].map(([id, { at, error, state }]) => ({
      id,
      state,
      at,
      error: error ?? null,
    })),
    workLog: log.ok
      ? { isIntact: true, lines: log.value.lines, unsigned: log.value.unsigned, problem: null }
      : { isIntact: false, lines: null, unsigned: null, problem: log.detail ?? log.error },
    certificate: await certificateFacts(ctx),
    modem:
      programming === undefined
        ? null
        : {
            devEui: programming.devEui,
            firmware: firmware ?? null,
            isProgrammed: programming.isFinished,
            isJoined: joined?.keyCheck === programming.keyCheck,
            marginDb: joined?.link?.marginDb ?? null,
            gatewayCount: joined?.link?.gatewayCount ?? null,
          },
    chirpstack:
      radio.value.chirpstack === undefined
        ? null
        : {
            url: radio.value.chirpstack.url,
            applicationId: radio.value.chirpstack.applicationId,
            now: options.chirpstack,
          },
    election: loaded.ok
      ? {
          id: loaded.value.manifest.id,
          manifest: toHex(loaded.value.hash),
          isTest: loaded.value.manifest.test === true,
        }
      : null,
    slips: loaded.ok
      ? slipFacts(await heldSlips(files, folder.root, loaded.value, device.value.centre))
      : null,
    software: {
      version: own?.software.version ?? ownVersion(),
      hash: own?.software.hash ?? options.softwareHash,
      isSignedByKiosk: own !== null && own.software.hash !== null,
    },
    results,
    simulated: results.some(isSimulated),
  }
  const missing = missingParts(facts, options.allowSimulated)
  return ok({ ...facts, missing, verdict: missing.length === 0 ? 'ready' : 'not-ready' })
}

function slipFacts(held: SlipAllocation | null): ProvisionReport['slips'] {
  if (held === null) return null
  return { slips: countSlips(held.envelopes), envelopes: serialNumbers(held), revision: held.revision }
}

/** Results of this election's tests only, the newest of each. */
function resultsOf(
  tested: Readiness | null,
  own: Readiness | null,
  election: string | null,
): readonly TestResult[] {
  const lists = [own, tested].map((report) =>
    report === null
      ? []
      : report.results.filter(({ test }) => test !== 'test-vote' || report.election === election),
  )
  return mergeResults(...lists)
}

/** What the kiosk's technician screen wrote, if this device's key signed it. */
async function kioskReadiness(
  { files, folder }: StepContext,
  election: string,
  kiosk: number,
): Promise<Readiness | null> {
  const note = await readText(files, join(folder.root, 'data', 'readiness', 'readiness.note'))
  const request = note === null ? null : await readRequest(files, folder)
  if (note === null || request?.ok !== true) return null
  const key = fromBase64(request.value.ed25519)
  const verifier = noteVerifier(
    nobleEd25519,
    encodeVkey(keyName.kiosk(election, kiosk), SIGNATURE_TYPE.ed25519, key),
  )
  const report = verifier.ok ? verifyReadiness(note, verifier.value) : verifier
  return report.ok && report.value.kiosk === kiosk ? report.value : null
}

async function certificateFacts({
  clock,
  files,
  folder,
}: StepContext): Promise<ProvisionReport['certificate']> {
  const pem = await readText(files, join(folder.cert, CERTIFICATE_FILES.cert))
  if (pem === null) return null
  const note = await readText(files, join(folder.cert, CERTIFICATE_FILES.note))
  const posted = await readText(files, join(folder.cert, `${CERTIFICATE_FILES.note}.posted`))
  const isOnLedger = note !== null && note === posted
  try {
    const { cn, notAfter, notBefore } = describeCertificate(pem)
    const isValid = clock.now() >= notBefore.getTime() && clock.now() <= notAfter.getTime()
    const [from, to] = [notBefore, notAfter].map((time) => Math.floor(time.getTime() / 1000)) as [
      number,
      number,
    ]
    return { cn, notBefore: from, notAfter: to, isValid, isOnLedger }
  } catch {
    return { cn: '', notBefore: 0, notAfter: 0, isValid: false, isOnLedger }
  }
}
