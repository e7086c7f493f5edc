import { kioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import type { KioskView } from '@hanpyo/kiosk/contract/views.ts'
import { createHandler } from '@hanpyo/kiosk/host/handler.ts'
import { folderFiles } from '@hanpyo/kiosk/host/static-files.ts'
import { type HttpServer, serveFetch } from '@hanpyo/platform/http-server.ts'
import { err, ok } from '@hanpyo/protocol/result.ts'
import { UI_FOLDER } from './paths.ts'

export interface FixtureKiosk extends HttpServer {
  /** Shows another view to the page; resolves when the page has it and asks for what comes after. */
  show(view: KioskView): Promise<void>
}

/** A kiosk that only shows: the real page and handler over one fixed view. No call changes anything. */
export async function startFixtureKiosk(first: KioskView): Promise<FixtureKiosk> {
  let view = first
  let changed = Promise.withResolvers<void>()
  let taken = Promise.withResolvers<void>()
  const state = async () => ok(view)
  const refuse = async () => err('wrong-step' as const)
  const locked = async () => err('staff-locked' as const)
  const handlers = {
    'session.state': state,
    'session.start': refuse,
    'session.scan': refuse,
    'session.select': refuse,
    'session.show': refuse,
    'session.review': refuse,
    'session.prepare': refuse,
    'session.cast': refuse,
    'session.check': refuse,
    'session.receipt': refuse,
    'session.again': refuse,
    'session.finish': refuse,
    'session.leave': refuse,
    'session.language': state,
    'session.touch': state,
    'session.practise': refuse,
    'session.help': state,
    'staff.unlock': async () => err('staff-wrong' as const),
    'staff.lock': state,
    'staff.state': locked,
    'staff.pause': locked,
    'staff.resume': locked,
    'staff.end-session': locked,
    'staff.assisted': locked,
    'staff.print': locked,
    'staff.open': async () => err('already-open' as const),
    'staff.close': async () => err('not-open' as const),
    'health.get': async () => ok(FIXTURE_HEALTH),
    events: async ({ after }: { after: string | null }, signal: AbortSignal) => {
      if (after === view.cursor) {
        taken.resolve()
        const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        await Promise.race([changed.promise, aborted])
      }
      return ok(view)
    },
  }
  const handler = createHandler({
    contract: kioskContract,
    handlers,
    files: folderFiles(UI_FOLDER),
    onBug: (name, error) => console.error(name, error),
  })
  const server = await serveFetch(handler)
  return {
    ...server,
    show: (next) => {
      view = next
      changed.resolve()
      changed = Promise.withResolvers<void>()
      taken = Promise.withResolvers<void>()
      return taken.promise
    },
  }
}

const FIXTURE_HEALTH = {
  polls: 'open' as const,
  routes: {
    wifi: { state: 'offline' as const, suspect: false },
    lora: { state: 'online' as const, reason: null, dataRate: 5, maxPayloadBytes: 242 },
  },
  box: { cast: 41, challenged: 2, assisted: 1 },
  outbox: { waiting: 3, waitingForWifi: 1, ackedOverWifi: 20, ackedOverLora: 20, refused: {}, promises: 20 },
  disk: { freeBytes: 12_000_000_000, low: false, full: false },
  scanner: 'online' as const,
  printer: { state: 'online' as const, paper: 'ok' as const, problem: null },
  clock: { state: 'ok' as const, aheadSeconds: 1, source: 'ledger' as const },
  election: { state: 'open' as const, time: 'during' as const, ledger: 'online' as const, voidSlips: 0 },
}
