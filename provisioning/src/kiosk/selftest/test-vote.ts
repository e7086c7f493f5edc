import type { Clock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { TestCore } from './core.ts'

const storedSchema = z.looseObject({
  screen: z.looseObject({ screen: z.literal('stored'), tracker: z.looseObject({ text: z.string() }) }),
})
const outboxSchema = z.looseObject({
  outbox: z.looseObject({ waiting: z.int(), ackedOverWifi: z.int(), ackedOverLora: z.int() }),
})
const LOOK_EVERY_MS = 200

export interface AckedVote {
  readonly route: 'wifi' | 'lora'
  readonly tracker: string
  /** From the durable store to the authenticated ack. */
  readonly tookMs: number
}

/** One voter with a test slip, every contest left blank, on the ordinary way; waits for the authenticated ack. */
export async function castTestVote(
  core: Pick<TestCore, 'call'>,
  input: { readonly slip: string; readonly clock: Clock; readonly timeoutMs: number },
): Promise<Result<AckedVote, 'test-vote-refused'>> {
  const { clock } = input
  const before = await outboxOf(core)
  if (before === null) return err('test-vote-refused', 'health')
  for (const [method, value] of [
    ['session.start', {}],
    ['session.scan', { text: input.slip }],
    ['session.review', {}],
    ['session.prepare', {}],
  ] as const) {
    const done = await core.call(method, value)
    if (!done.ok) return err('test-vote-refused', done.error)
  }
  const cast = await core.call('session.cast', {})
  if (!cast.ok) return err('test-vote-refused', cast.error)
  const stored = storedSchema.safeParse(cast.value)
  if (!stored.success) return err('test-vote-refused', 'the vote was not stored')
  const tracker = stored.data.screen.tracker.text
  const startMs = clock.now()
  while (clock.now() - startMs < input.timeoutMs) {
    const now = await outboxOf(core)
    const route = now === null ? null : ackedRoute(before, now)
    if (route !== null) return ok({ route, tracker, tookMs: clock.now() - startMs })
    await clock.sleep(LOOK_EVERY_MS)
  }
  return err('test-vote-refused', `no acknowledgement within ${Math.round(input.timeoutMs / 1000)} s`)
}

type Outbox = z.infer<typeof outboxSchema>['outbox']

async function outboxOf(core: Pick<TestCore, 'call'>): Promise<Outbox | null> {
  const health = await core.call('health.get', {})
  const parsed = health.ok ? outboxSchema.safeParse(health.value) : undefined
  return parsed?.success === true ? parsed.data.outbox : null
}

function ackedRoute(before: Outbox, now: Outbox): 'wifi' | 'lora' | null {
  if (now.ackedOverWifi > before.ackedOverWifi) return 'wifi'
  return now.ackedOverLora > before.ackedOverLora ? 'lora' : null
}
