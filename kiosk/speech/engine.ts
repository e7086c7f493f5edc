import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Language } from '../src/contract/views.ts'

/**
 * Makes speech out of text, at build time. A district may plug in a better voice or recordings of a person; whatever it
 * is, it must answer every text with sound.
 */
export interface SpeechEngine {
  /** Names engine, version and voices: clips of another engine are made anew. */
  readonly id: string
  /** A WAV file, 16-bit mono PCM. Rejects when the engine fails. */
  speak(text: string, language: Language): Promise<Uint8Array>
}

const run = promisify(execFile)
const VOICES: Readonly<Record<Language, string>> = { ko: 'ko', en: 'en-us' }
/** Words a minute: about four Korean syllables a second, and VVSG 2.0's 120–125 words in English. */
const WORDS_PER_MINUTE: Readonly<Record<Language, number>> = { ko: 135, en: 125 }
const LONGEST_WAV_BYTES = 64 * 1024 * 1024

/** espeak-ng (Debian package `espeak-ng`), or `null` where it is not installed. */
export async function findEspeak(): Promise<SpeechEngine | null> {
  let version: string
  try {
    const { stdout } = await run('espeak-ng', ['--version'])
    version = /\d+\.\d+[\w.]*/.exec(stdout)?.[0] ?? 'unknown'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  return {
    id: `espeak-ng ${version} ${JSON.stringify(VOICES)} ${JSON.stringify(WORDS_PER_MINUTE)}`,
    async speak(text, language) {
      const options = [
        '-v',
        VOICES[language],
        '-s',
        String(WORDS_PER_MINUTE[language]),
        '--stdout',
        '--',
        text,
      ]
      const { stdout } = await run('espeak-ng', options, { encoding: 'buffer', maxBuffer: LONGEST_WAV_BYTES })
      return new Uint8Array(stdout)
    },
  }
}
