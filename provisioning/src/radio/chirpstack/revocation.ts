import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Session } from '../../frame/command.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { defineStep, type Inspection, type Step } from '../../frame/step.ts'
import type { DeskContext } from '../../identity/revoke-at-desk.ts'
import type { ChirpStack } from './connection.ts'
import { disableStep } from './disable-step.ts'
import { openServer } from './open-server.ts'

/**
 * What ChirpStack has to do with a revocation: the DevEUI of each enrolment is disabled. No steps where no ChirpStack is named
 * (`HANPYO_CHIRPSTACK_URL` and token).
 */
export function revocationAtChirpStack(
  session: Session,
  kiosks: readonly number[],
): readonly Step<DeskContext>[] {
  if ((session.flag('url') ?? session.io.env.HANPYO_CHIRPSTACK_URL) === undefined) return []
  return kiosks.map((kiosk) =>
    defineStep<DeskContext>({
      id: `chirpstack-disable-${kiosk}`,
      title: { ko: `ChirpStack에서 단말기 ${kiosk} 사용 중지`, en: `Disable kiosk ${kiosk} at ChirpStack` },
      inspect: (ctx) => withDevice(session, ctx, kiosk, (step) => step.inspect(ctx)),
      async apply(ctx) {
        const applied = await withDevice(session, ctx, kiosk, async (step) => {
          const done = await step.apply(ctx)
          return done.ok ? ok('done' as const) : done
        })
        return applied.ok ? ok(undefined) : applied
      },
    }),
  )
}

/** Nothing to do for a kiosk without a modem. */
async function withDevice(
  session: Session,
  ctx: DeskContext,
  kiosk: number,
  work: (step: Step<DeskContext>) => Promise<Result<Inspection, ProvisionError>>,
): Promise<Result<Inspection, ProvisionError>> {
  const devEui = devEuiOf(await ctx.files.read(ctx.desk.folder.enrolment(kiosk)))
  if (devEui === undefined) return ok('done')
  const opened = await openServer(session, undefined)
  if (!opened.ok) return opened
  if (opened.value === null) return ok('done')
  const { server }: { server: ChirpStack } = opened.value
  try {
    return await work(disableStep<DeskContext>(server, devEui))
  } finally {
    server.close()
  }
}

function devEuiOf(bytes: Uint8Array | null): string | undefined {
  const note = bytes === null ? null : parseNote(decodeUtf8(bytes))
  if (note === null || !note.ok) return undefined
  return /"devEui":"([0-9a-f]{16})"/.exec(note.value.text)?.[1]
}
