import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ProvisionError } from '../frame/errors.ts'
import type { Journal } from '../frame/journal.ts'
import { defineStep, type Step } from '../frame/step.ts'
import { compareKey, flushDevNonces, putKey } from './chirpstack/devices.ts'
import { keyFailure, requireKey } from './key-step.ts'
import {
  keyCheck,
  type LorawanKey,
  lorawanKeyPath,
  makeAppKey,
  readLorawanKey,
  writeLorawanKey,
} from './lorawan-key.ts'
import { modemFailure } from './modem/explain.ts'
import { programModem } from './modem/program.ts'
import type { ModemContext } from './modem/steps.ts'
import { readRadioFile, updateRadioFile } from './radio-file.ts'

export interface RotateContext extends ModemContext {
  readonly server: NonNullable<ModemContext['server']>
  readonly isDry: boolean
  /** The key of the folder is the new one already, put there by a run that broke off before it had joined. */
  readonly isInPlace: boolean
}

/**
 * Whether a rotation of this device put its new key in the place of the old one and then broke off: what it lacks is join and link
 * check. The folder alone cannot tell it from one that is over, after which the command makes another key.
 */
export function isRotationInPlace({ steps }: Journal): boolean {
  const [finish, joined, link] = ['rotate-finish', 'modem-join', 'modem-link'].map((id) => steps.get(id))
  if (finish === undefined) return false
  const isOver = link !== undefined && link.line > finish.line && link.state === 'done'
  // A modem whose DevNonces are used up with this key needs another one.
  const isKeySpent = joined !== undefined && joined.line > finish.line && joined.error === 'join-nonce-used'
  return !isOver && !isKeySpent
}

/**
 * A new AppKey for the kiosk's modem: on disk first, then at ChirpStack, then in the modem, and only then in the place of the
 * old one. Wherever it breaks off, both keys are still in the folder and the next run goes on with the same new one.
 */
export const rotateSteps: readonly Step<RotateContext>[] = [
  defineStep<RotateContext>({
    id: 'rotate-make',
    title: { ko: '새 키 만들기', en: 'Make the next key' },
    async inspect(ctx) {
      const next = await readNext(ctx)
      if (!next.ok) return next
      if (next.value !== null) return ok('done')
      return ok({ changes: [{ what: 'keys/lorawan.next.json', from: null, to: 'a new key (not shown)' }] })
    },
    async apply(ctx) {
      const key = await requireKey(ctx.folder.root)
      if (!key.ok) return key
      const { name, devEui, joinEui } = key.value
      const next = { name, devEui, joinEui, appKey: makeAppKey(ctx.random) }
      const written = await writeLorawanKey(ctx.files, ctx.folder.root, next, { which: 'next' })
      return written.ok ? ok(undefined) : keyFailure(written)
    },
  }),
  defineStep<RotateContext>({
    id: 'rotate-chirpstack',
    title: { ko: 'ChirpStack의 키 바꾸기', en: 'Change the key at ChirpStack' },
    async inspect(ctx) {
      const next = await readNext(ctx)
      if (!next.ok) return next
      const { devEui } = ctx.identity
      const found =
        next.value === null ? ok('other') : await compareKey(ctx.server, devEui, next.value.appKey)
      if (!found.ok) return found
      if (found.value === 'same') return ok('done')
      return ok({
        changes: [{ what: `device ${devEui}: AppKey`, from: 'the old key', to: 'the next key (not shown)' }],
      })
    },
    async apply(ctx) {
      const next = await requireNext(ctx)
      if (!next.ok) return next
      const { devEui, appKey } = next.value
      const found = await compareKey(ctx.server, devEui, appKey)
      if (!found.ok) return found
      // Before the key: should it break off in between, the flush is repeated with it.
      const flushed = found.value === null ? ok(undefined) : await flushDevNonces(ctx.server, devEui)
      if (!flushed.ok) return flushed
      return putKey(ctx.server, devEui, appKey, found.value === null ? 'create' : 'replace')
    },
  }),
  defineStep<RotateContext>({
    id: 'rotate-modem',
    title: { ko: '모뎀의 키 바꾸기', en: 'Change the key in the modem' },
    async inspect(ctx) {
      const next = await readNext(ctx)
      if (!next.ok) return next
      const radio = await readRadioFile(ctx.files, ctx.folder)
      if (!radio.ok) return radio
      const { programming } = radio.value
      const isDone =
        next.value !== null &&
        programming?.isFinished === true &&
        programming.keyCheck === keyCheck(next.value.appKey)
      if (isDone) return ok('done')
      return ok({ changes: [{ what: 'modem: AppKey', from: 'the old key', to: 'the next key (not shown)' }] })
    },
    async apply(ctx) {
      const next = await requireNext(ctx)
      if (!next.ok) return next
      const programming = { devEui: next.value.devEui, keyCheck: keyCheck(next.value.appKey) }
      const begun = await updateRadioFile(ctx.files, ctx.folder, {
        programming: { ...programming, isFinished: false },
      })
      if (!begun.ok) return begun
      const programmed = await programModem(ctx.modem, next.value)
      if (!programmed.ok) return modemFailure(programmed)
      return updateRadioFile(ctx.files, ctx.folder, { programming: { ...programming, isFinished: true } })
    },
  }),
  defineStep<RotateContext>({
    id: 'rotate-finish',
    title: { ko: '옛 키 지우기', en: 'Put the next key in the place of the old one' },
    async inspect(ctx) {
      const next = await readNext(ctx)
      if (!next.ok) return next
      if (ctx.isInPlace || (next.value === null && !ctx.isDry)) return ok('done')
      return ok({
        changes: [{ what: 'keys/lorawan.json', from: 'the old key', to: 'the next key (not shown)' }],
      })
    },
    async apply(ctx) {
      const next = await requireNext(ctx)
      if (!next.ok) return next
      const { type: _, ...key } = next.value
      const written = await writeLorawanKey(ctx.files, ctx.folder.root, key, { replace: true })
      if (!written.ok) return keyFailure(written)
      await ctx.files.remove(lorawanKeyPath(ctx.folder.root, 'next'))
      return ok(undefined)
    },
  }),
]

/** The key the kiosk shall have, if it was made already. */
async function readNext(ctx: RotateContext): Promise<Result<LorawanKey | null, ProvisionError>> {
  const found = await readLorawanKey(ctx.folder.root, ctx.isInPlace ? 'current' : 'next')
  return found.ok ? found : keyFailure(found)
}

async function requireNext(ctx: RotateContext): Promise<Result<LorawanKey, ProvisionError>> {
  const found = await readNext(ctx)
  if (!found.ok) return found
  return found.value === null ? err('lorawan-key-missing', ctx.folder.root) : ok(found.value)
}
