const TONE_HZ = [660, 880] as const
const TONE_SECONDS = 0.35
const GAIN = 0.25

/** Plays two soft tones on one side or on both; false where the page has no sound. */
export async function playChime(side: 'left' | 'right' | 'speaker'): Promise<boolean> {
  try {
    const context = new AudioContext()
    const panner = new StereoPannerNode(context, { pan: side === 'left' ? -1 : side === 'right' ? 1 : 0 })
    panner.connect(context.destination)
    const ended = TONE_HZ.map((frequency, i) => tone(context, panner, frequency, i * TONE_SECONDS))
    await context.resume()
    await Promise.all(ended)
    await context.close()
    return true
  } catch {
    // A machine without an audio device: the test says that nothing could be played.
    return false
  }
}

function tone(
  context: AudioContext,
  into: AudioNode,
  frequency: number,
  startSeconds: number,
): Promise<void> {
  const from = context.currentTime + startSeconds
  const to = from + TONE_SECONDS
  const oscillator = new OscillatorNode(context, { frequency })
  const gain = new GainNode(context, { gain: 0 })
  gain.gain.setValueAtTime(0, from)
  gain.gain.linearRampToValueAtTime(GAIN, from + 0.03)
  gain.gain.linearRampToValueAtTime(0, to)
  oscillator.connect(gain).connect(into)
  const ended = new Promise<void>((resolve) => oscillator.addEventListener('ended', () => resolve()))
  oscillator.start(from)
  oscillator.stop(to)
  return ended
}
