import type { Language } from '../../contract/views.ts'

/**
 * A program that turns text into sound: text on its standard input (never in its arguments, which every process of the
 * machine can read), a WAV file on its standard output. `null`: it is not installed, failed, or passed a limit, and is
 * not running any more.
 */
export type SpeechProgram = (call: {
  readonly args: readonly string[]
  readonly input: string
  readonly longestMs: number
  readonly mostBytes: number
}) => Promise<Uint8Array | null>

/** Says any words once; `null` where it cannot. Nothing of it is kept. */
export type LiveVoice = (text: string, language: Language) => Promise<Uint8Array | null>

export const NO_VOICE: LiveVoice = async () => null

const VOICES: Readonly<Record<Language, string>> = { ko: 'ko', en: 'en-us' }
/** Words a minute, as slow as the clips: about four Korean syllables a second. */
const WORDS_PER_MINUTE: Readonly<Record<Language, number>> = { ko: 135, en: 125 }
const LONGEST_MS = 4_000
/** A minute and a half of speech at 22,050 samples a second, 16 bits. */
const MOST_BYTES = 4_000_000

/**
 * espeak-ng, one call at a time: whoever asks meanwhile gets `null`, so that a page that asks without end costs one
 * process and no memory. Control characters do not reach the program.
 */
export function createLiveVoice(program: SpeechProgram): LiveVoice {
  let isSpeaking = false
  return async (text, language) => {
    if (isSpeaking) return null
    isSpeaking = true
    try {
      const sound = await program({
        args: ['-v', VOICES[language], '-s', String(WORDS_PER_MINUTE[language]), '--stdin', '--stdout'],
        input: text.replace(/\p{Cc}/gu, ' '),
        longestMs: LONGEST_MS,
        mostBytes: MOST_BYTES,
      })
      return sound === null ? null : withLength(sound)
    } finally {
      isSpeaking = false
    }
  }
}

const HEADER_BYTES = 44

/** Writes the true lengths into the header of a WAV file: a program that streams does not know them beforehand. */
function withLength(wav: Uint8Array): Uint8Array {
  if (wav.length < HEADER_BYTES) return wav
  const whole = wav.slice()
  const view = new DataView(whole.buffer)
  view.setUint32(4, whole.length - 8, true)
  view.setUint32(40, whole.length - HEADER_BYTES, true)
  return whole
}
