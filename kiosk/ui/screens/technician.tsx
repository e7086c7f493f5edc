import { SELF_TEST_TITLES, VERDICT_TEXT } from '@hanpyo/devices/self-test/texts.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { useCallback, useEffect, useState } from 'react'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { TechnicianView } from '../../src/contract/technician-views.ts'
import { Button } from '../components/button.tsx'
import { Icon, type IconName } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { useTechnicianText } from '../i18n/technician-text.ts'
import type { PinProps } from './pin.tsx'
import { TechnicianAttest } from './technician-attest.tsx'
import { TechnicianCalibrate } from './technician-calibrate.tsx'
import { TechnicianFrame } from './technician-frame.tsx'
import { TechnicianTest } from './technician-test.tsx'

export type TestId = TechnicianView['results'][number]['test']
export type Verdict = TechnicianView['results'][number]['verdict']
/** Asks the core and draws what it answers. */
export type Ask = (call: Promise<Result<TechnicianView, KioskErrorCode>>) => Promise<boolean>
type Place = 'home' | 'software' | 'calibrate' | TestId

const REFRESH_MS = 2_000
export const VERDICT_ICON: Readonly<Record<Verdict, IconName>> = {
  passed: 'check',
  failed: 'warning',
  absent: 'minus',
  'not-done': 'clock',
}

/** Everything the technician does at the machine. What a voter chose is covered as long as it is open. */
export function Technician({ view, kiosk, accept }: PinProps) {
  const [desk, setDesk] = useState<TechnicianView | null>(null)
  const [chosen, setPlace] = useState<Place | null>(null)
  const [error, setError] = useState<KioskErrorCode | null>(null)

  const ask: Ask = useCallback(async (call) => {
    const answer = await call
    if (answer.ok) setDesk(answer.value)
    setError(answer.ok ? null : answer.error)
    return answer.ok
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the kiosk may change the desk
  useEffect(() => {
    const refresh = async (): Promise<void> => {
      const answer = await kiosk['technician.state']({})
      if (answer.ok) setDesk(answer.value)
    }
    void refresh()
    const timer = setInterval(() => void refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [kiosk, view.cursor])

  if (desk === null) return null
  // A page that was loaded again goes on with the test that runs.
  const place = chosen ?? desk.running?.test ?? 'home'
  const open = (test: TestId): void => {
    setError(null)
    setPlace(test === 'screen' ? 'calibrate' : test)
    if (test !== 'screen') void ask(kiosk['technician.run']({ test }))
  }
  const home = (): void => {
    setError(null)
    setPlace('home')
    if (desk.running !== null) void ask(kiosk['technician.stop']({}))
  }
  const lock = async (): Promise<void> => {
    const answer = await kiosk['staff.lock']({})
    if (answer.ok) accept(answer.value)
  }
  const following = nextAfter(desk, place)
  const common = { desk, kiosk, ask, onHome: home, onNext: following && (() => open(following)) }
  if (place === 'calibrate') return <TechnicianCalibrate {...common} />
  if (place === 'software') return <TechnicianAttest {...common} />
  if (place !== 'home') return <TechnicianTest {...common} test={place} onAgain={() => open(place)} />
  return (
    <Home
      desk={desk}
      error={error}
      onOpen={open}
      onSoftware={() => setPlace('software')}
      onReport={(toStick) => void ask(kiosk['technician.report']({ toStick }))}
      onPrint={() => void ask(kiosk['technician.print']({}))}
      onLock={() => void lock()}
    />
  )
}

/** The next test that was not run to its end, after this one and then from the start. */
function nextAfter({ results }: TechnicianView, place: Place): TestId | null {
  const at = results.findIndex(({ test }) => test === (place === 'calibrate' ? 'screen' : place))
  const inTurn = [...results.slice(at + 1), ...results.slice(0, Math.max(0, at))]
  return inTurn.find(({ verdict }) => verdict === 'not-done')?.test ?? null
}

function Home(props: {
  readonly desk: TechnicianView
  readonly error: KioskErrorCode | null
  readonly onOpen: (test: TestId) => void
  readonly onSoftware: () => void
  readonly onReport: (toStick: boolean) => void
  readonly onPrint: () => void
  readonly onLock: () => void
}) {
  const { desk, error } = props
  const { t, language } = useTechnicianText()
  const count = (verdict: Verdict): number => desk.results.filter((one) => one.verdict === verdict).length
  const first = nextAfter(desk, 'home')
  return (
    <TechnicianFrame
      place={`home ${desk.report?.at}`}
      title={t.counts(count('passed'), count('failed'), count('not-done'))}
      lead={desk.isTestElection ? t.testElection : undefined}
      above={
        <>
          {error === null ? null : (
            <Notice
              tone="danger"
              text={{ what: t.failed, next: ERROR_TEXT[error]?.staff[language] ?? error }}
            />
          )}
          <Report desk={desk} />
          {first === null ? (
            <p className="lead">{t.allDone}</p>
          ) : (
            <Button large tone="primary" onPress={() => props.onOpen(first)}>
              {t.start}
            </Button>
          )}
        </>
      }
      footer={
        <Button tone="primary" icon="lock" className="forward" onPress={props.onLock}>
          {t.lock}
        </Button>
      }
    >
      <ul className="self-tests">
        {desk.results.map(({ test, verdict }) => (
          <li key={test}>
            <button
              type="button"
              className="self-test"
              data-verdict={verdict}
              onClick={() => props.onOpen(test)}
            >
              <Icon name={VERDICT_ICON[verdict]} />
              <span>{SELF_TEST_TITLES[test][language]}</span>
              <strong>{VERDICT_TEXT[verdict][language]}</strong>
            </button>
          </li>
        ))}
      </ul>
      <div className="technician-tasks">
        <Button tone="secondary" onPress={() => props.onReport(false)}>
          {t.report}
        </Button>
        {desk.hasStick ? (
          <Button tone="secondary" onPress={() => props.onReport(true)}>
            {t.reportToStick}
          </Button>
        ) : null}
        {desk.hasPrinter && desk.report !== null ? (
          <Button tone="secondary" onPress={props.onPrint}>
            {t.print}
          </Button>
        ) : null}
        <Button tone="secondary" icon="shield" onPress={props.onSoftware}>
          {t.software}
        </Button>
      </div>
    </TechnicianFrame>
  )
}

function Report({ desk: { report } }: { readonly desk: TechnicianView }) {
  const { t } = useTechnicianText()
  if (report === null) return null
  const text = report.verdict === 'ready' ? t.ready : t.notReady
  const stick = report.stick === 'not-asked' ? '' : ` ${t.stick[report.stick]}`
  const isFine = report.verdict === 'ready' && report.stick !== 'failed'
  return (
    <Notice
      tone={isFine ? 'success' : 'warning'}
      text={{ what: text.what, next: `${text.next(report.folder)}${stick}` }}
    />
  )
}
