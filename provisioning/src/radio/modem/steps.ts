import type { LoraModem } from '@hanpyo/devices/modem/modem.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { defineStep, type Step } from '../../frame/step.ts'
import type { ChirpStack } from '../chirpstack/connection.ts'
import { diagnoseJoin } from '../chirpstack/diagnose-join.ts'
import { type IdentityContext, readKey, requireKey } from '../key-step.ts'
import { keyCheck } from '../lorawan-key.ts'
import { type RadioFile, readRadioFile, updateRadioFile } from '../radio-file.ts'
import { joinFailure, modemFailure } from './explain.ts'
import { checkLink, joinNetwork, planModem, programModem } from './program.ts'

export interface ModemContext extends IdentityContext {
  readonly modem: LoraModem
  readonly uri: string
  /** Tells why a join was not answered. */
  readonly server: ChirpStack | undefined
}

/** Stands for the key in a dry run, before there is one; no modem holds it. */
const NO_KEY = '0'.repeat(32)

export const programStep: Step<ModemContext> = defineStep<ModemContext>({
  id: 'modem-program',
  title: { ko: '모뎀 설정 (KR920, OTAA, 클래스 A)', en: 'Program the modem (KR920, OTAA, class A)' },
  async inspect(ctx) {
    const key = await readKey(ctx.folder.root)
    if (!key.ok) return key
    const radio = await readRadioFile(ctx.files, ctx.folder)
    if (!radio.ok) return radio
    const { devEui, joinEui, replaceKeys } = ctx.identity
    const appKey = key.value?.appKey ?? NO_KEY
    const note = noteOf(radio.value, devEui, appKey)
    const planned = await planModem(ctx.modem, { devEui, joinEui, appKey }, { replaceKeys, note })
    if (!planned.ok) return modemFailure(planned)
    const changes = [...planned.value]
    if (radio.value.modem !== ctx.uri)
      changes.push({ what: 'radio.json: modem', from: radio.value.modem ?? null, to: ctx.uri })
    if (changes.length === 0 && note !== 'finished')
      changes.push({ what: 'radio.json: programming', from: null, to: devEui })
    return ok(changes.length === 0 ? 'done' : { changes })
  },
  async apply(ctx) {
    const key = await requireKey(ctx.folder.root)
    if (!key.ok) return key
    const { devEui, joinEui, appKey } = key.value
    const programming = { devEui, keyCheck: keyCheck(appKey) }
    // Before the first byte: whoever pulls the plug leaves a modem that is known to be ours.
    const begun = await updateRadioFile(ctx.files, ctx.folder, {
      programming: { ...programming, isFinished: false },
    })
    if (!begun.ok) return begun
    const programmed = await programModem(ctx.modem, { devEui, joinEui, appKey })
    if (!programmed.ok) return modemFailure(programmed)
    const { dialect, firmware } = ctx.modem.info
    return updateRadioFile(ctx.files, ctx.folder, {
      joinEui,
      modem: ctx.uri,
      firmware: `${dialect} ${firmware}`,
      programming: { ...programming, isFinished: true },
    })
  },
})

export const joinStep: Step<ModemContext> = defineStep<ModemContext>({
  id: 'modem-join',
  title: { ko: '네트워크 가입', en: 'Join the network' },
  async inspect(ctx) {
    const joined = await readJoined(ctx)
    if (!joined.ok) return joined
    if (joined.value !== undefined && ctx.modem.isJoined) return ok('done')
    const from = ctx.modem.isJoined ? 'of another key' : null
    return ok({ changes: [{ what: 'modem: session', from, to: 'joined' }] })
  },
  async apply(ctx) {
    const key = await requireKey(ctx.folder.root)
    if (!key.ok) return key
    const before = await readJoined(ctx)
    if (!before.ok) return before
    // A session that the modem still has may be of another key.
    const joined = await joinNetwork(ctx.modem, { force: before.value === undefined, clock: ctx.clock })
    if (!joined.ok) return joinFailure(joined) ?? explainSilence(ctx, key.value.appKey)
    const link = before.value?.link ?? null
    return updateRadioFile(ctx.files, ctx.folder, { joined: { keyCheck: keyCheck(key.value.appKey), link } })
  },
})

export const linkStep: Step<ModemContext> = defineStep<ModemContext>({
  id: 'modem-link',
  title: { ko: '링크 확인', en: 'Link check' },
  async inspect(ctx) {
    const joined = await readJoined(ctx)
    if (!joined.ok) return joined
    if (joined.value?.link) return ok('done')
    return ok({ changes: [{ what: 'radio.json: link', from: null, to: 'answered by a gateway' }] })
  },
  async apply(ctx) {
    const key = await requireKey(ctx.folder.root)
    if (!key.ok) return key
    const link = await checkLink(ctx.modem)
    if (!link.ok) return err('modem-link', link.error)
    const { marginDb, gatewayCount } = link.value
    const joined = { keyCheck: keyCheck(key.value.appKey), link: { marginDb, gatewayCount } }
    return updateRadioFile(ctx.files, ctx.folder, { joined })
  },
})

/** What was noted of a join with the key of the folder. */
async function readJoined(ctx: ModemContext): Promise<Result<RadioFile['joined'], ProvisionError>> {
  const key = await readKey(ctx.folder.root)
  if (!key.ok) return key
  const radio = await readRadioFile(ctx.files, ctx.folder)
  if (!radio.ok) return radio
  const { joined } = radio.value
  const isOfKey = key.value !== null && joined?.keyCheck === keyCheck(key.value.appKey)
  return ok(isOfKey ? joined : undefined)
}

async function explainSilence(ctx: ModemContext, appKey: string): Promise<Result<never, ProvisionError>> {
  const { server, identity } = ctx
  if (server === undefined) return err('join-unanswered')
  const radio = await readRadioFile(ctx.files, ctx.folder)
  if (!radio.ok) return radio
  const { tenantId, applicationId } = radio.value.chirpstack ?? {}
  const reason = await diagnoseJoin(server, { devEui: identity.devEui, appKey }, { tenantId, applicationId })
  return err(reason, `DevEUI ${identity.devEui}`)
}

function noteOf({ programming }: RadioFile, devEui: string, appKey: string): 'none' | 'begun' | 'finished' {
  if (programming?.devEui !== devEui || programming.keyCheck !== keyCheck(appKey)) return 'none'
  return programming.isFinished ? 'finished' : 'begun'
}
