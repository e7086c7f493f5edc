import { expect, test } from 'vitest'
import { REQUIREMENTS } from '../accessibility/requirements.ts'
import {
  DEFAULT_DISPLAY,
  type Display,
  type DisplayAction,
  gainOf,
  LOUDEST,
  promptAfterMs,
  reduceDisplay,
  SCALE,
  SPEECH_RATES,
  showsIdlePrompt,
} from './display.ts'

const after = (...actions: DisplayAction[]): Display => actions.reduce(reduceDisplay, DEFAULT_DISPLAY)
const times = (count: number, action: DisplayAction) => Array.from({ length: count }, () => action)

test('the simple mode enlarges, unless the voter already has it larger', () => {
  expect(after({ kind: 'mode', mode: 'simple' }).size).toBe('large')
  expect(after({ kind: 'size', size: 'largest' }, { kind: 'mode', mode: 'simple' }).size).toBe('largest')
  expect(SCALE.largest).toBe(2)
})

test('volume and speed stop at their ends', () => {
  expect(after(...times(30, { kind: 'volume', step: 1 })).volume).toBe(LOUDEST)
  expect(after(...times(30, { kind: 'volume', step: -1 })).volume).toBe(0)
  expect(SPEECH_RATES[after(...times(30, { kind: 'rate', step: 1 })).rate]).toBe(2)
  expect(SPEECH_RATES[after(...times(30, { kind: 'rate', step: -1 })).rate]).toBe(0.5)
})

test('every step is louder than the one before, by at most 10 dB, and step 0 is silence', () => {
  expect(gainOf(0)).toBe(0)
  expect(gainOf(LOUDEST)).toBe(1)
  for (let step = 2; step <= LOUDEST; step += 1) {
    const decibels = 20 * Math.log10(gainOf(step) / gainOf(step - 1))
    expect(decibels).toBeGreaterThan(0)
    expect(decibels).toBeLessThanOrEqual(10)
  }
  expect(LOUDEST + 1).toBe(REQUIREMENTS.volumeSteps.ours)
})

test('the screen can be hidden only while it speaks, and comes back when speech is switched off', () => {
  expect(after({ kind: 'blank' }).isBlank).toBe(false)
  const hidden = after({ kind: 'mode', mode: 'audio' }, { kind: 'blank' })
  expect(hidden.isBlank).toBe(true)
  expect(reduceDisplay(hidden, { kind: 'mode', mode: 'normal' }).isBlank).toBe(false)
})

test('somebody who listens or scans is asked after 180 s of silence, anybody else when the kiosk asks', () => {
  expect(promptAfterMs(DEFAULT_DISPLAY)).toBe(90_000)
  expect(showsIdlePrompt(DEFAULT_DISPLAY, 0)).toBe(true)
  for (const slow of [after({ kind: 'mode', mode: 'audio' }), after({ kind: 'scan', scan: 'slow' })]) {
    expect(promptAfterMs(slow)).toBe(REQUIREMENTS.idlePromptSlow.ours * 1_000)
    expect(showsIdlePrompt(slow, 90_000)).toBe(false)
    expect(showsIdlePrompt(slow, 180_000)).toBe(true)
  }
})
