import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { runSpeechProgram } from '../../speech-program.ts'
import { createTestElection, TEST_PROPOSALS } from '../../testing/test-election.ts'
import { createTestKiosk } from '../../testing/test-kiosk.ts'
import { createLiveVoice, type SpeechProgram } from './live-voice.ts'

const WAV = Uint8Array.of(82, 73, 70, 70)

test('the words go in on standard input, never among the arguments, and without control characters', async () => {
  const calls: Parameters<SpeechProgram>[0][] = []
  const say = createLiveVoice(async (call) => {
    calls.push(call)
    return WAV
  })
  expect(await say('양재천\u0007 다리', 'ko')).toEqual(WAV)
  expect(calls[0]?.input).toBe('양재천  다리')
  expect(calls[0]?.args.join(' ')).not.toContain('양재천')
})

test('one voice speaks at a time; who asks meanwhile is told to spell, and the next is heard again', async () => {
  let finish: (sound: Uint8Array) => void = () => {}
  const say = createLiveVoice(() => new Promise((resolve) => (finish = resolve)))
  const first = say('하나', 'ko')
  expect(await say('둘', 'ko')).toBe(null)
  finish(WAV)
  expect(await first).toEqual(WAV)
  const third = say('셋', 'ko')
  finish(WAV)
  expect(await third).toEqual(WAV)
})

const node = (script: string, limits: { longestMs?: number; mostBytes?: number } = {}) =>
  runSpeechProgram(process.execPath)({
    args: ['-e', script],
    input: '말',
    longestMs: 5_000,
    mostBytes: 1_000,
    ...limits,
  })

test('a program gets the words and gives the sound', async () => {
  expect(new TextDecoder().decode((await node('process.stdin.pipe(process.stdout)')) ?? undefined)).toBe('말')
})

test.each([
  ['fails', 'process.exit(3)', {}],
  ['gives more than allowed', 'process.stdout.write("x".repeat(5000))', {}],
  ['takes too long', 'setInterval(() => {}, 1000)', { longestMs: 50 }],
])('a program that %s is no voice', async (_, script, limits) => {
  expect(await node(script, limits)).toBe(null)
})

test('a kiosk on which no voice is installed has none, and says so without an error', async () => {
  const program = runSpeechProgram('/nowhere/espeak-ng')
  expect(await program({ args: [], input: '말', longestMs: 1_000, mostBytes: 10 })).toBe(null)
})

test('the kiosk says words only while somebody proposes, and not while staff are at the screen', async () => {
  const kiosk = createTestKiosk({ election: createTestElection({ proposals: TEST_PROPOSALS }) })
  const never = new AbortController().signal
  const say = () => kiosk.handlers['speech.say']({ text: '가', language: 'ko' }, never)
  await kiosk.openPolls()
  expect(await say()).toEqual(err('nobody-here'))
  expectOk(await kiosk.handlers['proposal.start']({}, never))
  expect(await say()).toEqual(ok({ wav: null }))
  await kiosk.unlockStaff()
  expect(await say()).toEqual(err('nobody-here'))
  kiosk.close()
})
