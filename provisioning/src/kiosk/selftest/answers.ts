import type { Guide, Question } from '@hanpyo/devices/self-test/ports.ts'
import { SELF_TESTS, type SelfTestId } from '@hanpyo/devices/self-test/self-test.ts'
import { PROMPT_TEXT, QUESTION_TEXT } from '@hanpyo/devices/self-test/texts.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Language } from '../../frame/errors.ts'
import type { Terminal } from '../../frame/prompts.ts'
import type { Report } from '../../frame/report.ts'

export type Answer = 'pass' | 'fail' | 'skip'

/** What a person sees, hears or reads. Keys and codes show themselves: nobody's word replaces them. */
const ASKED: readonly SelfTestId[] = ['headphones', 'speaker', 'printer', 'lamp']

/** `--answer printer=pass`, once for each test. The error names what cannot be used. */
export function parseAnswers(given: readonly string[]): Result<ReadonlyMap<SelfTestId, Answer>, string> {
  const answers = new Map<SelfTestId, Answer>()
  for (const text of given) {
    const [name, answer, ...more] = text.split('=')
    const test = SELF_TESTS.find(({ id }) => id === name)?.id
    const isKnown = answer === 'pass' || answer === 'fail' || answer === 'skip'
    if (test === undefined || !isKnown || more.length > 0)
      return err(`--answer takes TEST=pass, fail or skip: ${text}`)
    if (answer !== 'skip' && !ASKED.includes(test))
      return err(`--answer ${test} takes skip only: this test sees for itself`)
    answers.set(test, answer)
  }
  return ok(answers)
}

/** `--only printer --only lamp`, or all tests. */
export function parseOnly(given: readonly string[]): Result<readonly SelfTestId[], string> {
  const ids = SELF_TESTS.map(({ id }) => id)
  const unknown = given.find((name) => !(ids as readonly string[]).includes(name))
  if (unknown !== undefined) return err(`--only takes one of ${ids.join(', ')}: ${unknown}`)
  return ok(given.length === 0 ? ids : ids.filter((id) => given.includes(id)))
}

/** Tells what to do on the command line, and answers from the flag or asks the person at the terminal; nobody there is no answer. */
export function createGuide(options: {
  readonly report: Report
  readonly terminal: Terminal | undefined
  readonly language: Language
  readonly answer: Answer | undefined
}): Guide {
  const { answer, language, report, terminal } = options
  let chimes = 0
  return {
    tell(prompt) {
      const missing = prompt.kind === 'press-keys' ? [...prompt.missing] : []
      const rest = missing.length === 0 ? '' : ` ${missing.join(', ')}`
      report.fact({ prompt: prompt.kind, missing }, `… ${PROMPT_TEXT[prompt.kind][language]}${rest}`)
    },
    async ask(question) {
      if (answer === 'fail') return question === 'heard-headphones' ? 'nowhere' : 'no'
      if (answer === 'pass') {
        if (question !== 'heard-headphones') return 'yes'
        return chimes++ === 0 ? 'left' : 'right'
      }
      return terminal === undefined ? null : askPerson(terminal, question, language)
    },
  }
}

async function askPerson(terminal: Terminal, question: Question, language: Language): Promise<string | null> {
  const { answers, text } = QUESTION_TEXT[question]
  if (Object.hasOwn(answers, 'yes')) {
    const said = await terminal.confirm(text[language])
    return said === null ? null : said ? 'yes' : 'no'
  }
  const choices = Object.entries(answers).map(([code, words]) => `${code} (${words[language]})`)
  for (;;) {
    const said = await terminal.text(`${text[language]} ${choices.join(', ')}`, undefined)
    if (said === null || Object.hasOwn(answers, said.trim())) return said?.trim() ?? null
  }
}
