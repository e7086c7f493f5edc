import { expect, test } from 'vitest'
import { createAudioSink } from './audio-sink.ts'

class FakeAudio extends EventTarget {
  src = ''
  loads = 0
  volume = 1
  defaultPlaybackRate = 1
  playbackRate = 1
  pause(): void {}
  load(): void {
    this.loads += 1
  }
  removeAttribute(name: string): void {
    if (name === 'src') this.src = ''
  }
  async play(): Promise<void> {}
}

test('the player lets go of the sound of somebody’s words, and keeps a clip, when it is stopped', () => {
  const audio = new FakeAudio()
  const sink = createAudioSink(audio as unknown as HTMLAudioElement)
  sink.play('/clips/1.ogg', { gain: 1, rate: 1 }, () => {})
  sink.stop()
  expect([audio.src, audio.loads]).toEqual(['/clips/1.ogg', 0])
  sink.play('blob:own', { gain: 1, rate: 1 }, () => {})
  sink.stop()
  expect([audio.src, audio.loads]).toEqual(['', 1])
})
