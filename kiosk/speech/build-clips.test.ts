import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { buildClips } from './build-clips.ts'
import type { SpeechEngine } from './engine.ts'
import { encodeMuLawWav, muLaw, parseWav, trimSilence } from './wav.ts'

const CONTENT = [{ title: { ko: '양재천 산책길', en: 'Yangjaecheon path' } }]

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'hanpyo-clips-'))
  folders.push(made)
  return made
}

/** A 16-bit WAV file of these samples. */
function wav(samples: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length)
  const view = new DataView(bytes.buffer)
  const tag = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at)
  tag(0, 'RIFF')
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, 22_050, true)
  view.setUint16(34, 16, true)
  tag(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  samples.forEach((sample, at) => {
    view.setInt16(44 + 2 * at, sample, true)
  })
  return bytes
}

function engine(
  speak: SpeechEngine['speak'] = async () => wav([9_000, -9_000]),
): SpeechEngine & { asked: string[] } {
  const asked: string[] = []
  return {
    id: 'test voice',
    asked,
    speak: (text, language) => {
      asked.push(text)
      return speak(text, language)
    },
  }
}

test('every text of the screens and the election gets a file, and the list names them', async () => {
  const [out, cache] = [join(folder(), 'speech'), folder()]
  const voice = engine()
  const built = await buildClips({ engine: voice, content: CONTENT, out, cache })
  const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'))
  expect(built.clips).toBe(Object.keys(index.ko).length + Object.keys(index.en).length)
  expect(index.ko['양재천 산책길']).toMatch(/^\/speech\/ko-[0-9a-f]{24}\.wav$/)
  expect(index.en['Yangjaecheon path']).toBeDefined()
  expect(index.ko['Yangjaecheon path']).toBeUndefined()
  const files = new Set(readdirSync(out).map((name) => `/speech/${name}`))
  for (const file of [...Object.values(index.ko), ...Object.values(index.en)]) expect(files).toContain(file)

  const again = engine()
  expect(await buildClips({ engine: again, content: CONTENT, out, cache })).toMatchObject({ made: 0 })
  expect(again.asked).toEqual([])
})

test.each<[string, SpeechEngine['speak']]>([
  ['fails', () => Promise.reject(new Error('engine broke'))],
  [
    'answers with something else',
    async () => new TextEncoder().encode('no sound at all, only text, and more of it'),
  ],
  ['is silent', async () => wav([0, 1, -1, 0])],
])('a build whose engine %s for one text fails, names the text and leaves no list', async (_, speak) => {
  const out = join(folder(), 'speech')
  const broken = engine((text, language) =>
    text === '양재천 산책길' ? speak(text, language) : Promise.resolve(wav([9_000])),
  )
  await expect(buildClips({ engine: broken, content: CONTENT, out, cache: folder() })).rejects.toThrow(
    /양재천 산책길/,
  )
  expect(existsSync(join(out, 'index.json'))).toBe(false)
})

test('µ-law follows G.711: sign, eight exponents, and nothing beyond 8 bits', () => {
  expect([0, -1, 32_767, -32_768, 1_000].map(muLaw)).toEqual([0xff, 0x7f, 0x80, 0x00, 0xce])
  fc.assert(
    fc.property(fc.integer({ min: -32_768, max: 32_767 }), (sample) => {
      const decoded = decodeMuLaw(muLaw(sample))
      expect(Math.abs(decoded - Math.max(-32_635, Math.min(32_635, sample)))).toBeLessThanOrEqual(
        Math.abs(sample) / 16 + 8,
      )
    }),
  )
})

function decodeMuLaw(byte: number): number {
  const bits = ~byte & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84
  return bits & 0x80 ? -magnitude : magnitude
}

test('silence at both ends is cut, but for 40 ms', () => {
  const quiet = new Array<number>(3_000).fill(0)
  const { samples } = trimSilence(parseWav(wav([...quiet, 9_000, ...quiet])))
  expect(samples.length).toBe(1 + 2 * 882)
  expect(encodeMuLawWav({ sampleRate: 22_050, samples }).length).toBe(58 + samples.length + 1)
})

test('whatever an engine answers, reading it throws a RangeError or gives sound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, looksRight) => {
      const given = looksRight ? Uint8Array.from([...wav([1]).subarray(0, 36), ...bytes]) : bytes
      try {
        expect(parseWav(given).samples.length).toBeLessThanOrEqual(given.length)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})
