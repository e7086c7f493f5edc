/**
 * Every number that a norm decides, once: what it asks for, what this kiosk keeps, and which test measures it. The
 * style sheets, the specs and the matrix in `docs/guides/accessibility.md` follow this table. Clauses are named, never
 * quoted. "Annex 5" is the verification list of the ministry's notice on information access (MSIT, 2025).
 */
export interface Requirement {
  readonly what: string
  readonly clauses: readonly string[]
  /** The strictest of the clauses. */
  readonly asked: number
  readonly ours: number
  readonly unit: 'mm' | 's' | 'ms' | ':1' | '%' | 'steps' | 'Hz'
  /** `at-most` where a smaller number is the better one. */
  readonly direction?: 'at-most'
  /** File of the test that fails when the kiosk no longer keeps it. */
  readonly checkedIn: string
}

const TOKENS = 'kiosk/ui/styles/tokens.test.ts'
const GEOMETRY = 'tests/e2e/geometry.spec.ts'
const DISPLAY = 'kiosk/ui/model/display.test.ts'
const SPEECH = 'kiosk/ui/speech/speech.test.ts'

export const REQUIREMENTS = {
  textInk: {
    what: 'Height of the ink of essential text (digits and capitals)',
    clauses: ['Annex 5 3.g', 'KS X 9211 §5.2.3', 'VVSG 2.0 7.1-G (4.8 mm)'],
    asked: 7.25,
    ours: 7.28,
    unit: 'mm',
    checkedIn: GEOMETRY,
  },
  enlargement: {
    what: 'Scale of text, controls, icons and codes at the largest size, without loss of content (empty space grows by 12 %; where a line would hold some 14 syllables, leads, titles and button texts stay below twice their normal size)',
    clauses: ['Annex 5 3 (200 %)', 'KS X 9211 §5.2.3', 'WCAG 2.2 1.4.4'],
    asked: 200,
    ours: 200,
    unit: '%',
    checkedIn: GEOMETRY,
  },
  textContrast: {
    what: 'Contrast of text in the standard colours',
    clauses: ['Annex 5 3.i (4.5)', 'VVSG 2.0 7.1-D', 'WCAG 2.2 1.4.3, 1.4.6'],
    asked: 10,
    ours: 10,
    unit: ':1',
    checkedIn: TOKENS,
  },
  highContrast: {
    what: 'Contrast of text in the two high-contrast themes',
    clauses: ['Annex 5 3.j (7)', 'VVSG 2.0 7.1-C'],
    asked: 20,
    ours: 21,
    unit: ':1',
    checkedIn: TOKENS,
  },
  softContrast: {
    what: 'Contrast of text in the soft theme, for eyes that glare hurts',
    clauses: ['Annex 5 3.i', 'VVSG 2.0 7.1-C', 'WCAG 2.2 1.4.3'],
    asked: 4.5,
    ours: 6,
    unit: ':1',
    checkedIn: TOKENS,
  },
  edgeContrast: {
    what: 'Contrast of the edges that show what can be pressed and what has the focus',
    clauses: ['WCAG 2.2 1.4.11, 2.4.13'],
    asked: 3,
    ours: 3,
    unit: ':1',
    checkedIn: TOKENS,
  },
  target: {
    what: 'Each side of anything that can be pressed',
    clauses: ['Annex 5 1.b (12)', 'KS X 9211 §5.6.2 (12, 150 mm²)', 'VVSG 2.0 7.2-I', 'WCAG 2.2 2.5.5'],
    asked: 12.7,
    ours: 15,
    unit: 'mm',
    checkedIn: GEOMETRY,
  },
  choiceHeight: {
    what: 'Height of a voter’s choice',
    clauses: ['Annex 5 1.b', 'KS X 9211 §5.6.2'],
    asked: 12,
    ours: 20,
    unit: 'mm',
    checkedIn: GEOMETRY,
  },
  gap: {
    what: 'Distance between two things that can be pressed',
    clauses: ['Annex 5 1.b (2.5)', 'VVSG 2.0 7.2-I'],
    asked: 2.54,
    ours: 4,
    unit: 'mm',
    checkedIn: GEOMETRY,
  },
  focusRing: {
    what: 'Width of the ring around the focused control',
    clauses: ['WCAG 2.2 2.4.7, 2.4.13 (2 CSS px)', 'KS X 9211 §7.2'],
    asked: 0.5,
    ours: 1.2,
    unit: 'mm',
    checkedIn: TOKENS,
  },
  reachTop: {
    what: 'Height of the page on a tall screen in low mode, from the lower edge',
    clauses: ['Annex 5 9.a (controls at 400–1220 mm)', 'EN 301 549 8.3'],
    asked: 820,
    ours: 480,
    unit: 'mm',
    direction: 'at-most',
    checkedIn: GEOMETRY,
  },
  idlePrompt: {
    what: 'Silence before the kiosk asks whether somebody is still there',
    clauses: ['WCAG 2.2 2.2.1', 'KS X 9211 §8.2.2'],
    asked: 20,
    ours: 90,
    unit: 's',
    checkedIn: 'tests/e2e/idle.spec.ts',
  },
  idlePromptSlow: {
    what: 'The same while listening or scanning with switches',
    clauses: ['VVSG 2.0 7.2-D (120–300)', 'WCAG 2.2 2.2.1'],
    asked: 120,
    ours: 180,
    unit: 's',
    checkedIn: DISPLAY,
  },
  idleAnswer: {
    what: 'Time to answer that question, as often as wanted',
    clauses: ['KS X 9211 §8.2.2 (20)', 'VVSG 2.0 7.2-D (20–45)', 'WCAG 2.2 2.2.1'],
    asked: 20,
    ours: 60,
    unit: 's',
    checkedIn: 'tests/e2e/idle.spec.ts',
  },
  flashing: {
    what: 'Changes per second that happen by themselves',
    clauses: ['KS X 9211 (3)', 'WCAG 2.2 2.3.1, 2.3.3'],
    asked: 3,
    ours: 0,
    unit: 'Hz',
    direction: 'at-most',
    checkedIn: TOKENS,
  },
  volumeSteps: {
    what: 'Steps of volume',
    clauses: ['KS X 9211 §6.3.3', 'VVSG 2.0 7.1-K (steps of at most 10 dB)'],
    asked: 10,
    ours: 11,
    unit: 'steps',
    checkedIn: SPEECH,
  },
  speechRateSlowest: {
    what: 'Slowest speech',
    clauses: ['VVSG 2.0 7.1-L (50–200 %)', 'KS X 9211 §6.3.6'],
    asked: 50,
    ours: 50,
    unit: '%',
    direction: 'at-most',
    checkedIn: SPEECH,
  },
  speechRateFastest: {
    what: 'Fastest speech, at the same pitch',
    clauses: ['VVSG 2.0 7.1-L (50–200 %)'],
    asked: 200,
    ours: 200,
    unit: '%',
    checkedIn: SPEECH,
  },
  switchDebounce: {
    what: 'A second press of a switch within this time is the same press',
    clauses: ['EN 301 549 5.9', 'KS X 9211 §5.6'],
    asked: 100,
    ours: 150,
    unit: 'ms',
    checkedIn: 'kiosk/ui/input/input.test.ts',
  },
} as const satisfies Record<string, Requirement>

export type RequirementName = keyof typeof REQUIREMENTS
