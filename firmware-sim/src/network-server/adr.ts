import type { LinkAdr } from '../mac/commands.ts'
import { type DataRate, MAX_TX_POWER_INDEX, spreadingFactor } from '../radio/kr920.ts'
import { snrFloorDb } from '../radio/propagation.ts'
import type { AdrSample, ServerSession } from './types.ts'

export const ADR_HISTORY_LENGTH = 20
const KEEP_TRANSMISSIONS_BELOW_LOSS = [5, 10, 30]
/** Rows: loss below 5 %, 10 %, 30 %, above. Columns: current NbTrans 1, 2, 3. */
const TRANSMISSIONS = [
  [1, 1, 2],
  [1, 2, 3],
  [2, 3, 3],
  [3, 3, 3],
] as const

/**
 * ChirpStack's default ADR algorithm (`chirpstack/src/adr/default.rs`): steps of 3 dB of margin over the best SNR of
 * the last 20 uplinks raise the data rate first and then lower the power. Undefined when nothing is to change.
 */
export function adrRequest(
  session: ServerSession,
  limits: { maxDataRate: number; installationMarginDb: number },
): LinkAdr | undefined {
  if (!session.isAdrOn || session.adrHistory.length === 0) return undefined
  const bestSnrDb = Math.max(...session.adrHistory.map((sample) => sample.maxSnrDb))
  const requiredDb = snrFloorDb(spreadingFactor(session.dataRate as DataRate))
  const steps = Math.trunc((bestSnrDb - requiredDb - limits.installationMarginDb) / 3)
  const samplesAtThisPower = session.adrHistory.filter(
    (one) => one.txPowerIndex === session.txPowerIndex,
  ).length
  const wanted =
    steps < 0 && samplesAtThisPower !== ADR_HISTORY_LENGTH
      ? { dataRate: session.dataRate, txPowerIndex: session.txPowerIndex }
      : walk(steps, session, limits.maxDataRate)
  const transmissions = transmissionsFor(session)
  const isUnchanged =
    wanted.dataRate === session.dataRate &&
    wanted.txPowerIndex === session.txPowerIndex &&
    transmissions === session.transmissions
  if (isUnchanged) return undefined
  return { ...wanted, transmissions, channelMask: 2 ** session.channelCount - 1, channelMaskControl: 0 }
}

function walk(
  steps: number,
  start: { dataRate: number; txPowerIndex: number },
  maxDataRate: number,
): { dataRate: number; txPowerIndex: number } {
  let { dataRate, txPowerIndex } = start
  for (let left = steps; left > 0; left--) {
    if (dataRate < maxDataRate) dataRate++
    else if (txPowerIndex < MAX_TX_POWER_INDEX) txPowerIndex++
  }
  for (let left = steps; left < 0; left++) txPowerIndex = Math.max(0, txPowerIndex - 1)
  return { dataRate, txPowerIndex }
}

function transmissionsFor(session: ServerSession): number {
  const column = Math.min(3, Math.max(1, session.transmissions)) - 1
  const loss = lossPercent(session.adrHistory)
  const row = KEEP_TRANSMISSIONS_BELOW_LOSS.findIndex((limit) => loss < limit)
  return TRANSMISSIONS[row === -1 ? 3 : row]![column]!
}

function lossPercent(history: readonly AdrSample[]): number {
  if (history.length < ADR_HISTORY_LENGTH) return 0
  let lost = 0
  for (let i = 1; i < history.length; i++) lost += history[i]!.fCnt - history[i - 1]!.fCnt - 1
  return (lost / history.length) * 100
}
