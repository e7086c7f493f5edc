import { join } from 'node:path'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { defineStep, type Step, type StepContext } from '../../frame/step.ts'
import { readKey } from '../key-step.ts'
import { readRadioFile } from '../radio-file.ts'
import { type Label, labelOf, labelPdf } from './label.ts'
import { formatDeviceCode } from './tr005.ts'

export interface LabelContext extends StepContext {
  readonly profileId: string
  /** Steps before this one make what the label needs; in a dry run it is not there yet. */
  readonly isLastOfMany?: boolean
}

/** What the label of this device says. */
export async function readLabel(ctx: LabelContext): Promise<Result<Label, ProvisionError>> {
  const device = await readDevice(ctx.files, ctx.folder)
  if (!device.ok) return device
  const key = await readKey(ctx.folder.root)
  if (!key.ok) return key
  const radio = await readRadioFile(ctx.files, ctx.folder)
  if (!radio.ok) return radio
  const devEui = device.value.devEui ?? key.value?.devEui
  const joinEui = key.value?.joinEui ?? radio.value.joinEui
  if (devEui === undefined || joinEui === undefined) return err('lorawan-key-missing', ctx.folder.root)
  return ok(labelOf({ ...device.value, devEui, joinEui, profileId: ctx.profileId }))
}

/** Writes `label.pdf`, and beside it the text of its code, by which a rerun knows whether it is still right. */
export function labelStep<C extends LabelContext>(): Step<C> {
  const paths = (ctx: C) => ({
    pdf: join(ctx.folder.root, 'label.pdf'),
    text: join(ctx.folder.root, 'label.txt'),
  })
  const textOf = (label: Label) =>
    `${[`한표 ${label.kiosk}`, label.name, label.centre, formatDeviceCode(label.code)].join('\n')}\n`
  return defineStep<C>({
    id: 'label',
    title: { ko: '라벨 (TR005)', en: 'Label (TR005)' },
    async inspect(ctx) {
      const label = await readLabel(ctx)
      const isToCome = !label.ok && /^(folder-not-a-device|lorawan-key-missing)$/.test(label.error)
      if (isToCome && ctx.isLastOfMany === true)
        return ok({ changes: [{ what: 'label.pdf', from: null, to: 'new' }] })
      if (!label.ok) return label
      const before = await ctx.files.read(paths(ctx).text)
      const pdf = await ctx.files.read(paths(ctx).pdf)
      const found = before === null ? null : new TextDecoder().decode(before)
      const to = formatDeviceCode(label.value.code)
      if (found === textOf(label.value) && pdf !== null) return ok('done')
      return ok({ changes: [{ what: 'label.pdf', from: found?.trim().split('\n').at(-1) ?? null, to }] })
    },
    async apply(ctx) {
      const label = await readLabel(ctx)
      if (!label.ok) return label
      await ctx.files.write(paths(ctx).pdf, await labelPdf(label.value, new Date(ctx.clock.now())))
      // Last: with it the label counts as made.
      await ctx.files.write(paths(ctx).text, textOf(label.value))
      return ok(undefined)
    },
  })
}
