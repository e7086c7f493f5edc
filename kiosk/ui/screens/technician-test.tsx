import { SELF_TEST_PROBLEMS } from '@hanpyo/devices/self-test/problems.ts'
import {
  KEY_TEXT,
  PROMPT_TEXT,
  QUESTION_TEXT,
  SELF_TEST_TITLES,
  VERDICT_TEXT,
} from '@hanpyo/devices/self-test/texts.ts'
import { useEffect, useRef } from 'react'
import type { Client } from '../../src/contract/define.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import type { TechnicianView } from '../../src/contract/technician-views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { useTechnicianText } from '../i18n/technician-text.ts'
import { playChime } from '../input/play-chime.ts'
import { type Ask, type TestId, VERDICT_ICON } from './technician.tsx'
import { TechnicianFrame } from './technician-frame.tsx'

export interface TechnicianPageProps {
  readonly desk: TechnicianView
  readonly kiosk: Client<KioskContract>
  readonly ask: Ask
  readonly onHome: () => void
  /** Goes to the next test that is to be done; `null`: none is left. */
  readonly onNext: (() => void) | null
}

type Running = NonNullable<TechnicianView['running']>
type Result = TechnicianView['results'][number]

/** One test: what to do, the question, and how it went. */
export function TechnicianTest(
  props: TechnicianPageProps & { readonly test: TestId; readonly onAgain: () => void },
) {
  const { desk, kiosk, ask, test, onHome, onNext, onAgain } = props
  const { t, language } = useTechnicianText()
  const running = desk.running?.test === test ? desk.running : null
  const result = desk.results.find((one) => one.test === test)
  useChime(running, (answer) => void ask(kiosk['technician.answer']({ answer })))
  return (
    <TechnicianFrame
      place={`test ${test} ${running === null}`}
      title={SELF_TEST_TITLES[test][language]}
      footer={
        running === null ? (
          <>
            <Button tone="quiet" keyName="back" onPress={onHome}>
              {t.list}
            </Button>
            {onNext === null ? null : (
              <Button tone="primary" className="forward" keyName="next" onPress={onNext}>
                {t.next}
              </Button>
            )}
          </>
        ) : (
          <Button tone="secondary" icon="stop" className="forward" onPress={stop}>
            {t.stop}
          </Button>
        )
      }
    >
      {running !== null ? (
        <RunningTest running={running} onAnswer={answer} />
      ) : result === undefined ? null : (
        <Outcome result={result} onAgain={onAgain} />
      )}
    </TechnicianFrame>
  )

  function stop(): void {
    void ask(kiosk['technician.stop']({}))
  }

  function answer(given: string): void {
    void ask(kiosk['technician.answer']({ answer: given }))
  }
}

function RunningTest({ running, onAnswer }: { running: Running; onAnswer: (answer: string) => void }) {
  const { t, language } = useTechnicianText()
  const { prompt, question } = running
  if (question !== null) {
    const { text, answers } = QUESTION_TEXT[question]
    return (
      <div className="stack loose">
        <p className="lead" role="status">
          {text[language]}
        </p>
        <div className="answers">
          {Object.entries(answers).map(([code, words]) => (
            <Button key={code} large tone="secondary" onPress={() => onAnswer(code)}>
              {words[language]}
            </Button>
          ))}
        </div>
      </div>
    )
  }
  const words = prompt === null ? t.waiting : PROMPT_TEXT[prompt.kind][language]
  return (
    <div className="stack loose" role="status">
      <p className="lead">{words}</p>
      {prompt?.keys === undefined ? null : <Keys keys={prompt.keys} missing={prompt.missing ?? []} />}
    </div>
  )
}

/** The keys as they lie under the hand; pressed ones are ticked, not only coloured. */
function Keys({ keys, missing }: { keys: readonly string[]; missing: readonly string[] }) {
  const { t, language } = useTechnicianText()
  return (
    <>
      <p>{t.missing(missing.length)}</p>
      <ul className="test-keys" data-count={keys.length}>
        {keys.map((key) => {
          const isPressed = !missing.includes(key)
          const name =
            keys.length === 2 && key === 'select' ? `${KEY_TEXT.select?.[language]} (B)` : undefined
          return (
            <li key={key} className="test-key" data-key-name={key} data-pressed={isPressed}>
              <Icon name={isPressed ? 'check' : 'minus'} />
              <span>{name ?? KEY_TEXT[key]?.[language] ?? key}</span>
              <span className="visually-hidden">{isPressed ? t.pressed : t.notPressed}</span>
            </li>
          )
        })}
      </ul>
    </>
  )
}

function Outcome({ result, onAgain }: { result: Result; onAgain: () => void }) {
  const { t, language } = useTechnicianText()
  const { verdict, problem, detail, facts } = result
  return (
    <div className="stack loose">
      <p className="verdict" data-verdict={verdict} role="status">
        <Icon name={VERDICT_ICON[verdict]} />
        <strong>{VERDICT_TEXT[verdict][language]}</strong>
      </p>
      {problem === null ? null : <p className="lead">{SELF_TEST_PROBLEMS[problem][language]}</p>}
      {detail === null ? null : <p className="soft">{detail}</p>}
      <dl className="facts measured">
        {Object.entries(facts).map(([name, value]) => (
          <div className="fact" key={name}>
            <dt>{name}</dt>
            <dd>{Array.isArray(value) ? value.length : value === null ? '–' : String(value)}</dd>
          </div>
        ))}
      </dl>
      <Button tone="secondary" icon="refresh" onPress={onAgain}>
        {t.again}
      </Button>
    </div>
  )
}

/** Plays each chime once, and tells the core whether it could be played. */
function useChime(running: Running | null, onAnswer: (answer: string) => void): void {
  const played = useRef(0)
  const { chime = null } = running ?? {}
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each number
  useEffect(() => {
    if (chime === null || chime.number === played.current) return
    played.current = chime.number
    playChime(chime.side).then((isPlayed) => onAnswer(isPlayed ? 'played' : 'silent'), reportError)
  }, [chime?.number])
}
