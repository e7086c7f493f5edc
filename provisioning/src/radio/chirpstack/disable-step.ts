import { err, ok } from '@hanpyo/protocol/result.ts'
import { defineStep, type Step, type StepContext } from '../../frame/step.ts'
import type { ChirpStack } from './connection.ts'
import { readFacts, setDisabled } from './devices.ts'

/**
 * Keeps a revoked kiosk's modem out: `isDisabled`, never deleted, because its used DevNonces would be forgotten. In force with the
 * next frame. A device that ChirpStack does not have needs nothing.
 */
export function disableStep<C extends StepContext>(server: ChirpStack, devEui: string): Step<C> {
  return defineStep<C>({
    id: `chirpstack-disable-${devEui}`,
    title: { ko: `ChirpStack에서 ${devEui} 사용 중지`, en: `Disable ${devEui} at ChirpStack` },
    async inspect() {
      const facts = await readFacts(server, devEui, undefined)
      if (!facts.ok) return facts
      if (facts.value === null || facts.value.isDisabled) return ok('done')
      return ok({ changes: [{ what: `device ${devEui}: isDisabled`, from: 'false', to: 'true' }] })
    },
    async apply() {
      const changed = await setDisabled(server, devEui, true)
      if (changed.ok) return ok(undefined)
      return changed.error === 'chirpstack-not-found' ? ok(undefined) : err(changed.error, changed.detail)
    },
  })
}
