import type { Client } from '../../src/contract/define.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import type { LiveVoice } from './speaker.ts'

/** The kiosk's own voice: asks the core for a sound, which lives in this page until it was heard. */
export function createLiveVoice(kiosk: Pick<Client<KioskContract>, 'speech.say'>): LiveVoice {
  return async (text, language) => {
    const answer = await kiosk['speech.say']({ text, language })
    if (!answer.ok || answer.value.wav === null) return null
    const bytes = Uint8Array.from(atob(answer.value.wav), (character) => character.charCodeAt(0))
    const url = URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }))
    return { url, forget: () => URL.revokeObjectURL(url) }
  }
}
