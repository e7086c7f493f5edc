import type { Language } from '../../src/contract/views.ts'
import { CATALOGS } from '../i18n/use-text.ts'
import { clipsFor, normalise } from './text.ts'

/** Something to say: texts in order, each in its language. */
export interface Part {
  readonly text: string
  readonly language: Language
  /** Says what the voter chose or may choose: for headphones only. */
  readonly isPrivate: boolean
}

/**
 * `screen` and `control` replace what is being said, so that the voice never lags behind the fingers; `status` waits
 * its turn; an `alert` replaces everything and is never cut off by a focus that moves.
 */
export type Urgency = 'alert' | 'screen' | 'control' | 'status'

/** Where the sound goes. One clip plays at a time. */
export interface AudioSink {
  /** Starts a clip; `onEnd` is called once when it is over or could not be played, but not after `stop`. */
  play(url: string, level: { readonly gain: number; readonly rate: number }, onEnd: () => void): void
  stop(): void
}

/** Which clips exist: per language, from the text to the file. */
export interface ClipIndex {
  readonly ko: Readonly<Record<string, string>>
  readonly en: Readonly<Record<string, string>>
}

export interface Speaker {
  say(parts: readonly Part[], urgency: Urgency): void
  /** Says the last screen, control or alert again. */
  replay(): void
  stop(): void
  set(level: { readonly gain: number; readonly rate: number; readonly hasHeadphones: boolean }): void
  /** Whether a text can be spoken at all. */
  canSay(text: string, language: Language): boolean
}

/** Turns texts into a queue of clips. A text without a clip is said to be missing, never left out in silence. */
export function createSpeaker(deps: {
  readonly index: ClipIndex
  readonly sink: AudioSink
  readonly onMissing?: (text: string) => void
}): Speaker {
  const { index, sink, onMissing = () => {} } = deps
  let level = { gain: 1, rate: 1, hasHeadphones: false }
  let queue: string[] = []
  /** Clips at the head of the queue, the playing one included, that must be heard to the end. */
  let guarded = 0
  let isPlaying = false
  let last: readonly Part[] = []

  const next = (): void => {
    const url = queue[0]
    isPlaying = url !== undefined
    if (url === undefined) return
    sink.play(url, { gain: level.gain, rate: level.rate }, () => {
      queue = queue.slice(1)
      guarded = Math.max(0, guarded - 1)
      next()
    })
  }
  const has =
    (language: Language) =>
    (phrase: string): boolean =>
      Object.hasOwn(index[language], phrase)
  const urlsOf = (text: string, language: Language): string[] => {
    const found = clipsFor(text, language, has(language))
    if (!found.ok) onMissing(found.missing)
    const phrases = found.ok ? found.phrases : [normalise(CATALOGS[language].speech.missing)]
    return phrases.flatMap((phrase) => index[language][phrase] ?? [])
  }
  const clipsOf = (parts: readonly Part[]): string[] => {
    const urls: string[] = []
    let isHeldBack = false
    for (const part of parts) {
      if (part.isPrivate && !level.hasHeadphones) {
        if (!isHeldBack) urls.push(...urlsOf(CATALOGS[part.language].speech.needsHeadphones, part.language))
        isHeldBack = true
      } else urls.push(...urlsOf(part.text, part.language))
    }
    return urls
  }

  return {
    say(parts, urgency) {
      const urls = clipsOf(parts)
      if (urgency !== 'status') last = parts
      if (urgency === 'status') queue = [...queue, ...urls]
      else if (urgency === 'alert') {
        sink.stop()
        isPlaying = false
        queue = urls
        guarded = urls.length
      } else {
        if (guarded === 0) {
          sink.stop()
          isPlaying = false
        }
        queue = [...queue.slice(0, guarded), ...urls]
      }
      if (!isPlaying) next()
    },
    replay() {
      const parts = last
      this.stop()
      this.say(parts, 'screen')
    },
    stop() {
      sink.stop()
      queue = []
      guarded = 0
      isPlaying = false
    },
    set(next) {
      // What may only be heard in private stops the moment the headphones are pulled out.
      if (level.hasHeadphones && !next.hasHeadphones) this.stop()
      level = next
    },
    canSay: (text, language) => clipsFor(text, language, has(language)).ok,
  }
}
