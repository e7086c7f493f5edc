import type { AudioSink } from './speaker.ts'

/** Plays clips with the browser; the pitch stays the same at every rate. */
export function createAudioSink(makeAudio: (url: string) => HTMLAudioElement): AudioSink {
  let playing: { readonly audio: HTMLAudioElement; readonly end: AbortController } | null = null
  const stop = (): void => {
    playing?.end.abort()
    playing?.audio.pause()
    playing = null
  }
  return {
    stop,
    play(url, { gain, rate }, onEnd) {
      stop()
      const audio = makeAudio(url)
      const end = new AbortController()
      playing = { audio, end }
      audio.volume = gain
      audio.playbackRate = rate
      const onOver = (): void => {
        if (end.signal.aborted) return
        end.abort()
        onEnd()
      }
      audio.addEventListener('ended', onOver, { signal: end.signal })
      audio.addEventListener('error', onOver, { signal: end.signal })
      // Stopped before it began, or not playable: either way the next clip has its turn.
      audio.play().catch(onOver)
    },
  }
}
