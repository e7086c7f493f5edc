/** Mono sound as 16-bit samples. */
export interface Sound {
  readonly sampleRate: number
  readonly samples: Int16Array
}

/** Reads a WAV file of 16-bit PCM, mono (RIFF chunks in any order). Throws `RangeError` for anything else. */
export function parseWav(bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tagAt = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (bytes.length < 44 || tagAt(0) !== 'RIFF' || tagAt(8) !== 'WAVE') throw new RangeError('not a WAV file')
  let sampleRate = 0
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    const body = at + 8
    if (tagAt(at) === 'fmt ') {
      const isPcm16Mono =
        view.getUint16(body, true) === 1 &&
        view.getUint16(body + 2, true) === 1 &&
        view.getUint16(body + 14, true) === 16
      if (!isPcm16Mono) throw new RangeError('not 16-bit mono PCM')
      sampleRate = view.getUint32(body + 4, true)
    }
    if (tagAt(at) === 'data') {
      if (sampleRate === 0) throw new RangeError('no format before the data')
      // Engines that stream do not know the length when they write the header.
      const count = Math.floor(Math.min(length, bytes.length - body) / 2)
      return {
        sampleRate,
        samples: Int16Array.from({ length: count }, (_, i) => view.getInt16(body + 2 * i, true)),
      }
    }
    at = body + length + (length & 1)
  }
  throw new RangeError('no data in the WAV file')
}

/** Quieter than this is silence, of 32767. */
const SILENCE = 200
/** Left at both ends, so that no consonant is cut. */
const KEPT_SECONDS = 0.04

/** Without the silence at both ends, so that composed sentences do not falter. Empty when nothing is heard at all. */
export function trimSilence({ sampleRate, samples }: Sound): Sound {
  const isHeard = (sample: number): boolean => Math.abs(sample) > SILENCE
  const first = samples.findIndex(isHeard)
  if (first < 0) return { sampleRate, samples: new Int16Array(0) }
  const kept = Math.round(sampleRate * KEPT_SECONDS)
  const end = samples.findLastIndex(isHeard) + 1
  return { sampleRate, samples: samples.slice(Math.max(0, first - kept), end + kept) }
}

/** A WAV file in G.711 µ-law, 8 bits a sample: half the bytes, and no difference to hear in speech. */
export function encodeMuLawWav({ sampleRate, samples }: Sound): Uint8Array {
  const bytes = new Uint8Array(58 + samples.length + (samples.length & 1))
  const view = new DataView(bytes.buffer)
  const tag = (at: number, text: string): void =>
    bytes.set(
      [...text].map((c) => c.charCodeAt(0)),
      at,
    )
  tag(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 18, true)
  view.setUint16(20, 7, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate, true)
  view.setUint16(32, 1, true)
  view.setUint16(34, 8, true)
  tag(38, 'fact')
  view.setUint32(42, 4, true)
  view.setUint32(46, samples.length, true)
  tag(50, 'data')
  view.setUint32(54, samples.length, true)
  samples.forEach((sample, at) => {
    bytes[58 + at] = muLaw(sample)
  })
  return bytes
}

const BIAS = 0x84
const CLIP = 32_635

/** ITU-T G.711, µ-law: sign, three bits of exponent, four of mantissa, inverted. */
export function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS
  const exponent = Math.floor(Math.log2(magnitude)) - 7
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}
