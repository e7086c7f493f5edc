import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIXTURES } from '../../src/host/fixtures.ts'
import { REQUIREMENTS } from '../accessibility/requirements.ts'
import { CATALOGS } from '../i18n/use-text.ts'
import { LOUDEST, SPEECH_RATES } from '../model/display.ts'
import { inventory, sentences } from './inventory.ts'
import { type AudioSink, createSpeaker, type Part } from './speaker.ts'
import { atomsOf, clipsFor, normalise, numberPhrases } from './text.ts'

const LANGUAGES = ['ko', 'en'] as const
const known = { ko: inventory('ko', [FIXTURES]), en: inventory('en', [FIXTURES]) }
const speak = (text: string, language: 'ko' | 'en' = 'ko') =>
  clipsFor(text, language, (phrase) => known[language].has(phrase))

test('numbers are read as people say them', () => {
  expect(numberPhrases(0, 'ko')).toEqual(['0'])
  expect(numberPhrases(42, 'ko')).toEqual(['42'])
  expect(numberPhrases(35_000_000, 'ko')).toEqual(['3000', '500', '만'])
  expect(numberPhrases(120_040_007, 'ko')).toEqual(['1', '억', '2000', '4', '만', '7'])
  expect(numberPhrases(35_000_250, 'en')).toEqual(['35', 'million', '200', '50'])
})

test('every number up to a trillion has its clips, in both languages', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000_000_000_000 }),
      fc.constantFrom(...LANGUAGES),
      (value, language) => {
        const phrases = numberPhrases(value, language)
        expect(phrases.length).toBeGreaterThan(0)
        for (const phrase of phrases) expect(known[language].has(phrase), phrase).toBe(true)
      },
    ),
  )
})

test('every sentence of the screens can be spoken, with any number in it', () => {
  for (const language of LANGUAGES) {
    for (const [path, text] of sentences(CATALOGS[language])) {
      if (/^\.(switchLanguage|mode\.other)\./.test(path)) continue
      expect(speak(text, language), `${path}: ${text}`).toMatchObject({ ok: true })
    }
  }
  const { contest, idle, number, settings } = CATALOGS.ko
  for (const text of [contest.left(231), idle.seconds(59), number.spoken('001 204'), settings.rateIs(125)]) {
    expect(speak(text), text).toMatchObject({ ok: true })
  }
})

test('a whole sentence is preferred to its pieces, and a slip number is spelled', () => {
  expect(speak('3개 남음')).toEqual({ ok: true, phrases: ['3개 남음'] })
  expect(speak('17개 남음')).toEqual({ ok: true, phrases: ['17', '개 남음'] })
  expect(speak('투표 종이 번호 001 204')).toEqual({
    ok: true,
    phrases: ['투표 종이 번호', '0', '0', '1', '2', '0', '4'],
  })
})

test('what has no clip is named, never passed over', () => {
  expect(speak('아무도 녹음하지 않은 말')).toEqual({ ok: false, missing: '아무도 녹음하지 않은 말' })
})

test('any text is cut without losing a letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const letters = (value: string): string => value.replace(/[^\p{L}%]/gu, '')
      const kept = atomsOf(text).map((atom) => ('text' in atom ? atom.text : ''))
      expect(letters(kept.join(''))).toBe(letters(normalise(text)))
    }),
  )
})

/** A sink that plays nothing and ends a clip when told to. */
function fakeSink() {
  const played: string[] = []
  let end: (() => void) | null = null
  const sink: AudioSink = {
    play: (url, _level, onEnd) => {
      played.push(url)
      end = onEnd
    },
    stop: () => {
      end = null
    },
  }
  return { sink, played, finish: () => end?.() }
}

const spoken = ['제목', '설명', '경고', '단추', '비밀']
const index = {
  ko: Object.fromEntries(
    [...spoken, normalise(CATALOGS.ko.speech.needsHeadphones), normalise(CATALOGS.ko.speech.missing)].map(
      (text) => [text, text],
    ),
  ),
  en: {},
}
const part = (text: string, isPrivate = false): Part => ({ text, language: 'ko', isPrivate })

test('a new control interrupts, an alert is heard to its end, a status waits its turn', () => {
  const { sink, played, finish } = fakeSink()
  const speaker = createSpeaker({ index, sink })
  speaker.say([part('제목'), part('설명')], 'screen')
  speaker.say([part('단추')], 'control')
  expect(played).toEqual(['제목', '단추'])
  speaker.say([part('경고')], 'alert')
  speaker.say([part('단추')], 'control')
  expect(played).toEqual(['제목', '단추', '경고'])
  finish()
  expect(played.at(-1)).toBe('단추')
  speaker.say([part('설명')], 'status')
  expect(played.at(-1)).toBe('단추')
  finish()
  expect(played.at(-1)).toBe('설명')
})

test('replay says the last thing again, and stop is silence', () => {
  const { sink, played, finish } = fakeSink()
  const speaker = createSpeaker({ index, sink })
  speaker.say([part('제목')], 'screen')
  finish()
  speaker.replay()
  expect(played).toEqual(['제목', '제목'])
  speaker.stop()
  finish()
  expect(played).toHaveLength(2)
})

test('choices are spoken on headphones only, and pulling them out stops the voice', () => {
  const { sink, played, finish } = fakeSink()
  const speaker = createSpeaker({ index, sink })
  speaker.say([part('제목'), part('비밀', true), part('비밀', true)], 'screen')
  finish()
  finish()
  expect(played).toEqual(['제목', normalise(CATALOGS.ko.speech.needsHeadphones)])
  speaker.set({ gain: 1, rate: 1, hasHeadphones: true })
  speaker.say([part('비밀', true), part('설명')], 'screen')
  expect(played.at(-1)).toBe('비밀')
  speaker.set({ gain: 1, rate: 1, hasHeadphones: false })
  finish()
  expect(played.at(-1)).toBe('비밀')
})

test('a text without a clip is said to be missing, and reported', () => {
  const { sink, played } = fakeSink()
  const missing: string[] = []
  const speaker = createSpeaker({ index, sink, onMissing: (text) => missing.push(text) })
  speaker.say([part('녹음 없음')], 'control')
  expect(missing).toEqual(['녹음 없음'])
  expect(played).toEqual([normalise(CATALOGS.ko.speech.missing)])
})

test('volume and speed have the steps that the norms ask for', () => {
  expect(LOUDEST + 1).toBeGreaterThanOrEqual(REQUIREMENTS.volumeSteps.asked)
  expect(SPEECH_RATES[0] * 100).toBe(REQUIREMENTS.speechRateSlowest.ours)
  expect(SPEECH_RATES[SPEECH_RATES.length - 1]).toBe(REQUIREMENTS.speechRateFastest.ours / 100)
})
