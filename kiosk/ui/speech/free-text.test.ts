import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AudioSink, createSpeaker, type LiveVoice, type Part } from './speaker.ts'
import { chunksOf, LONGEST_CHUNK } from './text.ts'

function listener(liveVoice?: LiveVoice) {
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
  const names = ['기역', '아', '이어폰을 꽂으면 들을 수 있어요', '다음']
  const index = { ko: Object.fromEntries(names.map((one) => [one, one])), en: {} }
  const speaker = createSpeaker({ index, sink, ...(liveVoice === undefined ? {} : { liveVoice }) })
  const set = (hasHeadphones: boolean): void => speaker.set({ gain: 1, rate: 1, hasHeadphones })
  return { speaker, played, set, finish: () => end?.() }
}

const words = (text: string, more: Partial<Part> = {}): Part => ({
  text,
  language: 'ko',
  isPrivate: true,
  isFree: true,
  ...more,
})
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a person’s own words are said by the kiosk’s voice, and the sound is forgotten when it was heard', async () => {
  const asked: string[] = []
  let forgotten = 0
  const { speaker, played, set, finish } = listener(async (text) => {
    asked.push(text)
    return { url: `blob:${text}`, forget: () => (forgotten += 1) }
  })
  set(true)
  speaker.say([words('가'), { text: '다음', language: 'ko', isPrivate: false }], 'screen')
  await settled()
  expect(asked).toEqual(['가'])
  expect(played).toEqual(['blob:가'])
  expect(forgotten).toBe(0)
  finish()
  expect(played).toEqual(['blob:가', '다음'])
  expect(forgotten).toBe(1)
})

test('where there is no voice the words are spelled, or what stands for them is said', async () => {
  for (const voice of [undefined, (async () => null) satisfies LiveVoice]) {
    const { speaker, played, set, finish } = listener(voice)
    set(true)
    speaker.say([words('가')], 'screen')
    await settled()
    finish()
    expect(played).toEqual(['기역', '아'])
    speaker.say([words('가', { otherwise: '아' })], 'screen')
    await settled()
    expect(played.at(-1)).toBe('아')
  }
})

test('without headphones the words are never even asked for', async () => {
  let asked = 0
  const { speaker, played, set } = listener(async () => {
    asked += 1
    return null
  })
  set(false)
  speaker.say([words('가')], 'screen')
  await settled()
  expect(asked).toBe(0)
  expect(played).toEqual(['이어폰을 꽂으면 들을 수 있어요'])
})

test('the sound of a person’s words is not kept when somebody goes on, an alert comes, or the person leaves', async () => {
  const next = { text: '다음', language: 'ko', isPrivate: false } as const
  const ways: ((speaker: ReturnType<typeof listener>['speaker']) => void)[] = [
    (speaker) => speaker.say([next], 'control'),
    (speaker) => speaker.say([next], 'alert'),
    (speaker) => speaker.stop(),
    (speaker) => speaker.set({ gain: 1, rate: 1, hasHeadphones: false }),
  ]
  for (const goOn of ways) {
    let kept = 0
    const { speaker, played, set } = listener(async () => {
      kept += 1
      return { url: 'blob:own', forget: () => (kept -= 1) }
    })
    set(true)
    speaker.say([words('가')], 'screen')
    await settled()
    expect([played, kept]).toEqual([['blob:own'], 1])
    goOn(speaker)
    expect(kept).toBe(0)
  }
})

test('what one person heard cannot be heard again once the voice was switched off', async () => {
  const { speaker, played, set } = listener(async (text) => ({ url: `blob:${text}`, forget: () => {} }))
  set(true)
  speaker.say([words('가')], 'screen')
  await settled()
  speaker.stop()
  speaker.replay()
  await settled()
  expect(played).toEqual(['blob:가', 'blob:가'])
  speaker.forget()
  speaker.replay()
  await settled()
  expect(played).toHaveLength(2)
})

test('a sound that comes too late, after somebody went on, is not played and not kept', async () => {
  let answer: (sound: { url: string; forget(): void }) => void = () => {}
  let forgotten = 0
  const { speaker, played, set } = listener(() => new Promise((resolve) => (answer = resolve)))
  set(true)
  speaker.say([words('가')], 'screen')
  speaker.say([{ text: '다음', language: 'ko', isPrivate: false }], 'control')
  answer({ url: 'blob:late', forget: () => (forgotten += 1) })
  await settled()
  expect(played).toEqual(['다음'])
  expect(forgotten).toBe(1)
})

test('long texts are cut at sentences and blanks, and nothing of them is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'가나다 .?!abc'), maxLength: 400 }), (text) => {
      const chunks = chunksOf(text)
      for (const chunk of chunks) expect([...chunk].length).toBeLessThanOrEqual(LONGEST_CHUNK)
      expect(chunks.join('').replace(/ /g, '')).toBe(text.replace(/ /g, ''))
    }),
  )
})
