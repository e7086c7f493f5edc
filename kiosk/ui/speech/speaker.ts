import type { Language } from '../../src/contract/views.ts'
import { CATALOGS } from '../i18n/use-text.ts'
import { spell } from './spelling.ts'
import { chunksOf, clipsFor, normalise } from './text.ts'

/** Something to say: texts in order, each in its language. */
export interface Part {
  readonly text: string
  readonly language: Language
  /** Says what the voter chose or may choose: for headphones only. */
  readonly isPrivate: boolean
  /** A person's own words, for which no clip exists: said by the kiosk's voice, or spelled where it has none. */
  readonly isFree?: boolean
  /** Said instead of spelling, where there is no voice. */
  readonly otherwise?: string
}

/** Says any words, at the moment; where there is no voice it answers `null`. The sound is kept nowhere. */
export type LiveVoice = (
  text: string,
  language: Language,
) => Promise<{ readonly url: string; forget(): void } | null>

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

/** Words without a clip, waiting for their turn. */
interface Words {
  readonly text: string
  readonly language: Language
  readonly otherwise?: string
}
/** A clip's address, or words. */
type Sound = string | Words

export interface Speaker {
  say(parts: readonly Part[], urgency: Urgency): void
  /** Says the last screen, control or alert again. */
  replay(): void
  stop(): void
  /** Stops, and nothing that was said can be said again: whoever listened has gone. */
  forget(): void
  set(level: { readonly gain: number; readonly rate: number; readonly hasHeadphones: boolean }): void
  /** Whether a text can be spoken at all. */
  canSay(text: string, language: Language): boolean
}

/** Turns texts into a queue of clips. A text without a clip is said to be missing, never left out in silence. */
export function createSpeaker(deps: {
  readonly index: ClipIndex
  readonly sink: AudioSink
  readonly onMissing?: (text: string) => void
  readonly liveVoice?: LiveVoice
}): Speaker {
  const { index, sink, onMissing = () => {}, liveVoice } = deps
  let level = { gain: 1, rate: 1, hasHeadphones: false }
  let queue: Sound[] = []
  /** Clips at the head of the queue, the playing one included, that must be heard to the end. */
  let guarded = 0
  let isPlaying = false
  let last: readonly Part[] = []
  /** Lets go of what somebody wrote, once it is not said any more, however that came. */
  let forgetLive: (() => void) | null = null

  const hush = (): void => {
    sink.stop()
    isPlaying = false
    forgetLive?.()
    forgetLive = null
  }
  const next = (): void => {
    const sound = queue[0]
    isPlaying = sound !== undefined
    if (typeof sound === 'string') sink.play(sound, { gain: level.gain, rate: level.rate }, over)
    else if (sound !== undefined) void speakLive(sound)
  }
  const over = (): void => {
    queue = queue.slice(1)
    guarded = Math.max(0, guarded - 1)
    next()
  }
  /** Asks for the sound when its turn has come; by then somebody may have gone on. */
  const speakLive = async (words: Words): Promise<void> => {
    const sound = liveVoice === undefined ? null : await liveVoice(words.text, words.language)
    if (queue[0] !== words) return sound?.forget()
    if (sound === null) {
      queue = [...urlsInstead(words), ...queue.slice(1)]
      return next()
    }
    forgetLive = () => sound.forget()
    sink.play(sound.url, { gain: level.gain, rate: level.rate }, () => {
      hush()
      over()
    })
  }
  const urlsInstead = ({ text, language, otherwise }: Words): string[] =>
    (otherwise === undefined ? spell(text, language) : [otherwise]).flatMap((name) => urlsOf(name, language))
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
  const soundsOf = ({ text, language, isFree, otherwise }: Part): Sound[] => {
    if (isFree !== true || clipsFor(text, language, has(language)).ok) return urlsOf(text, language)
    const more = otherwise === undefined ? {} : { otherwise }
    return chunksOf(text).map((chunk) => ({ text: chunk, language, ...more }))
  }
  const clipsOf = (parts: readonly Part[]): Sound[] => {
    const urls: Sound[] = []
    let isHeldBack = false
    for (const part of parts) {
      if (part.isPrivate && !level.hasHeadphones) {
        if (!isHeldBack) urls.push(...urlsOf(CATALOGS[part.language].speech.needsHeadphones, part.language))
        isHeldBack = true
      } else urls.push(...soundsOf(part))
    }
    return urls
  }

  return {
    say(parts, urgency) {
      const urls = clipsOf(parts)
      if (urgency !== 'status') last = parts
      if (urgency === 'status') queue = [...queue, ...urls]
      else if (urgency === 'alert') {
        hush()
        queue = urls
        guarded = urls.length
      } else {
        if (guarded === 0) hush()
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
      hush()
      queue = []
      guarded = 0
    },
    forget() {
      this.stop()
      last = []
    },
    set(next) {
      // What may only be heard in private stops the moment the headphones are pulled out.
      if (level.hasHeadphones && !next.hasHeadphones) this.stop()
      level = next
    },
    canSay: (text, language) => clipsFor(text, language, has(language)).ok,
  }
}
