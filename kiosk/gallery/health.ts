import type { Health } from '../src/contract/views.ts'

/** A kiosk on a normal day, with Wi-Fi down and a few ballots on their way. */
export const FIXTURE_HEALTH: Health = {
  polls: 'open',
  routes: {
    wifi: { state: 'offline', suspect: false },
    lora: { state: 'online', reason: null, dataRate: 5, maxPayloadBytes: 242 },
  },
  box: { cast: 41, challenged: 2, assisted: 3 },
  proposals: { proposed: 4, supported: 9, moderated: 0, assisted: 1, refused: 0, known: 37 },
  outbox: { waiting: 3, waitingForWifi: 1, ackedOverWifi: 20, ackedOverLora: 20, refused: {}, promises: 20 },
  bridges: [
    {
      id: 'main',
      state: 'online',
      problem: null,
      recorded: 40,
      refused: 0,
      promises: 20,
      kept: 0,
      broken: 0,
    },
  ],
  proofs: { proven: 0, erased: 0, contradictions: 0 },
  disk: { freeBytes: 12_000_000_000, low: false, full: false },
  scanner: 'online',
  keypad: { state: 'online', stuckKeys: [] },
  switches: { state: 'not-configured', stuckKeys: [] },
  printer: { state: 'online', paper: 'low', problem: null },
  clock: { state: 'ok', aheadSeconds: 0, source: 'lora' },
  election: { state: 'open', time: 'during', ledger: 'offline', voidSlips: 0 },
}
