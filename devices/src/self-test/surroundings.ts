import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Facts, SelfTestOptions, SelfTestPorts } from './ports.ts'
import type { SelfTestProblem } from './problems.ts'
import { calibrationProblem } from './screen.ts'

type Outcome = Promise<Result<Facts, SelfTestProblem>>

/** What is farther off makes the hours of the polls wrong. */
const TOLERATED_SECONDS = 120

/** Whether the screen was calibrated, to a size that screens have. */
export async function testScreen({ screen }: SelfTestPorts): Outcome {
  if (screen === undefined) return err('absent')
  const facts = screen()
  if (facts === null) return err('not-calibrated')
  const problem = calibrationProblem(facts)
  if (problem !== null) return err('implausible', `${facts.pxPerMetre / 1000} px/mm`)
  return ok({ pxPerMetre: facts.pxPerMetre, widthPx: facts.widthPx, heightPx: facts.heightPx })
}

/** Whether the kiosk is connected to the broker over Wi-Fi. */
export async function testWifi({ network }: SelfTestPorts): Outcome {
  if (network?.wifi == null) return err('absent')
  const { isOnline, reason } = network.wifi()
  return isOnline ? ok({ online: true }) : err('offline', reason ?? undefined)
}

/** Asks the bridge (or the mirror this kiosk reads) for its newest checkpoint. */
export async function testBridge({ network }: SelfTestPorts, { guide, clock }: SelfTestOptions): Outcome {
  if (network?.bridge == null) return err('absent')
  guide.tell({ kind: 'asking-network' })
  const startMs = clock.now()
  const answer = await network.bridge()
  return answer.ok ? ok({ tookMs: Math.round(clock.now() - startMs) }) : answer
}

/** Compares this machine's clock with the newest time that a network told. */
export async function testClock({ clockFacts }: SelfTestPorts): Outcome {
  if (clockFacts === undefined) return err('absent')
  const { aheadSeconds, source } = clockFacts()
  if (aheadSeconds === null) return err('time-unknown')
  if (Math.abs(aheadSeconds) > TOLERATED_SECONDS) return err('clock-wrong', `${aheadSeconds} s`)
  return ok({ aheadSeconds, source })
}

export async function testDisk({ storage }: SelfTestPorts): Outcome {
  if (storage === undefined) return err('absent')
  const { freeBytes, isLow } = storage()
  const freeMegabytes = freeBytes === null ? null : Math.floor(freeBytes / 1e6)
  return isLow ? err('disk-low', `${freeMegabytes} MB`) : ok({ freeMegabytes })
}

/** Before the polls open nothing should be waiting from an earlier day. */
export async function testOutbox({ outbox }: SelfTestPorts): Outcome {
  if (outbox === undefined) return err('absent')
  const { waiting, waitingForWifi } = outbox()
  return waiting > 0 ? err('outbox-waiting', String(waiting)) : ok({ waiting, waitingForWifi })
}

/** A whole vote where nothing counts: slip, first options, the ordinary store and outbox, the authenticated ack. */
export async function testVote(
  { testVote: port, scanner }: SelfTestPorts,
  options: SelfTestOptions,
): Outcome {
  const { guide, signal } = options
  if (port === undefined || scanner === undefined) return err('absent')
  if (!port.isTestElection) return err('not-a-test-election')
  guide.tell({ kind: 'scan-test-slip' })
  const slip = await scanner.next(signal)
  if (slip === null) return err('stopped')
  guide.tell({ kind: 'voting' })
  const cast = await port.cast(slip, signal)
  if (cast.ok) return ok({ route: cast.value.route, tookMs: Math.round(cast.value.tookMs) })
  if (cast.error === 'no-ack') return err('no-ack', cast.detail)
  if (signal.aborted) return err('stopped')
  return cast.error.startsWith('slip-') ? err('slip-refused', cast.error) : err('not-cast', cast.error)
}
