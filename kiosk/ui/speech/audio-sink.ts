import type { AudioSink } from './speaker.ts'

/**
 * Plays clips with the browser; the pitch stays the same at every rate. One element plays them all: a browser gives a
 * page only some dozens of players, and a session has hundreds of clips.
 */
export function createAudioSink(audio: HTMLAudioElement): AudioSink {
  let playing: AbortController | null = null
  const stop = (): void => {
    playing?.abort()
    playing = null
    audio.pause()
    // The player would keep the sound of somebody's words until the next clip.
    if (!audio.src.startsWith('blob:')) return
    audio.removeAttribute('src')
    audio.load()
  }
  return {
    stop,
    play(url, { gain, rate }, onEnd) {
      stop()
      const end = new AbortController()
      playing = end
      const onOver = (): void => {
        if (end.signal.aborted) return
        end.abort()
        onEnd()
      }
      audio.addEventListener('ended', onOver, { signal: end.signal })
      audio.addEventListener('error', onOver, { signal: end.signal })
      audio.src = url
      audio.volume = gain
      audio.defaultPlaybackRate = rate
      audio.playbackRate = rate
      // Stopped before it began, or not playable: either way the next clip has its turn.
      audio.play().catch(onOver)
    },
  }
}
