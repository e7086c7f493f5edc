import { useEffect, useMemo, useState } from 'react'
import type { KioskView } from '../src/contract/views.ts'
import { type Display, gainOf, SPEECH_RATES } from './model/display.ts'
import { createAudioSink } from './speech/audio-sink.ts'
import { narrate } from './speech/narrator.ts'
import { type ClipIndex, createSpeaker, type LiveVoice, type Speaker } from './speech/speaker.ts'

export interface Speech {
  /** Whether this kiosk has the clips for its election; without them nothing offers to speak. */
  readonly canSpeak: boolean
  readonly replay: () => void
  readonly stop: () => void
}

/** Where the clips of this kiosk are listed; the file is not there when none were made. */
export const CLIP_INDEX_PATH = '/speech/index.json'

/** Speaks the page while the voter listens. */
export function useSpeech(
  view: KioskView | null,
  display: Display,
  loadIndex: LoadIndex,
  liveVoice: LiveVoice,
): Speech {
  const speaker = useSpeaker(loadIndex, liveVoice)
  const { mode, volume, rate, hasHeadphones } = display
  const language = view?.language
  const title = view?.election.title
  const canSpeak =
    speaker !== null &&
    title !== undefined &&
    speaker.canSay(title.ko, 'ko') &&
    speaker.canSay(title.en, 'en')
  const isSpeaking = canSpeak && mode === 'audio'
  useEffect(() => {
    speaker?.set({ gain: gainOf(volume), rate: SPEECH_RATES[rate] ?? 1, hasHeadphones })
  }, [speaker, volume, rate, hasHeadphones])
  // Another language starts the screen anew.
  useEffect(() => {
    if (!isSpeaking || speaker === null || language === undefined) return
    return narrate(document, speaker)
  }, [speaker, isSpeaking, language])
  return useMemo(
    () => ({ canSpeak, replay: () => speaker?.replay(), stop: () => speaker?.stop() }),
    [speaker, canSpeak],
  )
}

/** Answers with the list of clips, or `null` where speech is off. */
export type LoadIndex = () => Promise<ClipIndex | null>

function useSpeaker(loadIndex: LoadIndex, liveVoice: LiveVoice): Speaker | null {
  const [speaker, setSpeaker] = useState<Speaker | null>(null)
  useEffect(() => {
    let isGone = false
    loadIndex()
      .then((index) => {
        if (index === null || isGone) return
        const sink = createAudioSink(new Audio())
        const onMissing = (text: string): void => console.warn(`no clip for: ${text}`)
        setSpeaker(createSpeaker({ index, sink, liveVoice, onMissing }))
      })
      .catch(reportError)
    return () => {
      isGone = true
    }
  }, [loadIndex, liveVoice])
  return speaker
}

/** Fetches the list; a kiosk without speech answers 404. */
export async function fetchClipIndex(): Promise<ClipIndex | null> {
  const response = await fetch(CLIP_INDEX_PATH)
  return response.ok ? ((await response.json()) as ClipIndex) : null
}
