import { useCallback, useEffect, useState } from 'react'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { StaffView } from '../../src/contract/staff-views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { Qr } from '../components/qr.tsx'
import { Scroller } from '../components/scroller.tsx'
import { type StaffTask, useStaffText } from '../i18n/staff-text.ts'
import { healthFacts } from '../model/health.ts'
import type { PinProps } from './pin.tsx'
import { StaffHeader } from './staff-language.tsx'
import { StaffProposalsDesk } from './staff-proposals.tsx'

const REFRESH_MS = 3_000

/**
 * The unlocked staff screens: one primary action for the state of the polls, the rest behind "other tasks", the machine's
 * health in sentences. No choice, slip number or cast button exists here; the core does not even send them.
 */
export function StaffDesk({ page = 'tasks', onPage, ...pin }: StaffDeskProps) {
  if (page === 'proposals') return <StaffProposalsDesk kiosk={pin.kiosk} onBack={() => onPage?.('tasks')} />
  return <Tasks {...pin} onProposals={onPage === undefined ? undefined : () => onPage('proposals')} />
}

export interface StaffDeskProps extends PinProps {
  readonly page?: 'tasks' | 'proposals'
  readonly onPage?: (page: 'tasks' | 'proposals') => void
}

function Tasks({ view, kiosk, accept, onProposals }: PinProps & { onProposals: (() => void) | undefined }) {
  const { t, language } = useStaffText()
  const [desk, setDesk] = useState<StaffView | null>(null)
  const [error, setError] = useState<KioskErrorCode | null>(null)
  const [asking, setAsking] = useState<StaffTask | null>(null)
  const [showsAll, setShowsAll] = useState(false)

  const refresh = useCallback(async (): Promise<void> => {
    const answer = await kiosk['staff.state']({})
    if (answer.ok) setDesk(answer.value)
  }, [kiosk])
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the kiosk may change the desk
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [refresh, view.cursor])

  if (desk === null) return null
  const needsAnyway = desk.bound === 'outside-hours'
  const run = async (task: StaffTask): Promise<void> => {
    setAsking(null)
    setShowsAll(false)
    const anyway = needsAnyway ? { anyway: true as const } : {}
    const answer = await runTask(kiosk, task, anyway)
    setError(answer.ok ? null : answer.error)
    if (answer.ok && 'cursor' in answer.value) accept(answer.value)
    await refresh()
  }
  const press = (task: StaffTask): void => {
    const asksFirst = task === 'close' || task === 'end-session' || (needsAnyway && isOpening(task))
    if (asksFirst) setAsking(task)
    else void run(task)
  }
  const tasks = otherTasks(desk).filter((task) => task !== desk.primary)
  return (
    <div className="screen" lang={language}>
      <StaffHeader />
      <main className="screen-main">
        <Scroller place={desk.polls}>
          <div className="screen-title">
            <p className="step-label">{view.kiosk.centre[language]}</p>
            <h1 tabIndex={-1}>{t.polls[desk.polls]}</h1>
            {desk.isHelpCalled ? <p className="lead">{t.helpCalled}</p> : null}
            {desk.opening === null ? null : <Opening counts={desk.opening} />}
            {error === null ? null : (
              <Notice
                tone="danger"
                text={{ what: t.failed, next: ERROR_TEXT[error]?.staff[language] ?? error }}
              />
            )}
            {asking === null ? (
              <Button large tone="primary" onPress={() => press(desk.primary)}>
                {t.tasks[desk.primary]}
              </Button>
            ) : (
              <Question task={asking} onNo={() => setAsking(null)} onYes={() => void run(asking)} />
            )}
            {asking !== null ||
            onProposals === undefined ||
            view.proposalStop === 'proposals-not-offered' ? null : (
              <Button tone="secondary" icon="text" onPress={onProposals}>
                {t.proposals}
              </Button>
            )}
            {asking !== null || tasks.length === 0 ? null : (
              <Button tone="secondary" onPress={() => setShowsAll((before) => !before)}>
                {showsAll ? t.less : t.more}
              </Button>
            )}
            {showsAll && asking === null ? (
              <div className="segments">
                {tasks.map((task) => (
                  <Button key={task} tone="secondary" onPress={() => press(task)}>
                    {t.tasks[task]}
                  </Button>
                ))}
              </div>
            ) : null}
          </div>
          <div className="screen-content">
            {desk.closing === null ? null : (
              <div className="stack loose middle">
                <p className="soft">{t.closing.report}</p>
                <Qr large text={desk.closing.report} label={t.closing.reportQr} />
                <p className="soft">{t.closing.manifest}</p>
                <Qr large text={desk.closing.finalManifest} label={t.closing.manifestQr} />
              </div>
            )}
            <dl className="facts">
              {healthFacts(desk.health, t.health).map((fact) => (
                <div className="fact" key={fact.name} data-state={fact.state}>
                  <dt>{fact.name}</dt>
                  <dd>
                    <Icon name={fact.state === 'good' ? 'check' : 'warning'} />
                    <span>{fact.says}</span>
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        </Scroller>
      </main>
      <nav className="screen-footer" aria-label={t.footer}>
        <Button tone="primary" icon="lock" className="forward" onPress={() => void run('lock')}>
          {t.lock}
        </Button>
      </nav>
    </div>
  )
}

/** What staff confirm by opening: nothing is in the machine yet. */
function Opening({ counts }: { counts: NonNullable<StaffView['opening']> }) {
  const { opening } = useStaffText().t
  const numbers = opening.counts(counts)
  return Object.values(counts).every((count) => count === 0) ? (
    <p className="lead">{opening.empty(numbers)}</p>
  ) : (
    <Notice tone="danger" text={opening.notEmpty(numbers)} />
  )
}

function Question({ task, onNo, onYes }: { task: StaffTask; onNo: () => void; onYes: () => void }) {
  const { t } = useStaffText()
  const asked = task === 'close' || task === 'end-session' ? task : 'anyway'
  return (
    <>
      <Notice tone="warning" text={t.questions[asked]} />
      <div className="answers">
        <Button large tone="secondary" onPress={onNo}>
          {t.no}
        </Button>
        <Button large tone="primary" onPress={onYes}>
          {task === 'close' ? t.yesClose : t.yes}
        </Button>
      </div>
    </>
  )
}

function isOpening(task: StaffTask): boolean {
  return task === 'open' || task === 'resume'
}

/** Everything that makes sense now, besides the primary action. */
function otherTasks({ polls, isVoterHere, isProposing, isAssisted, closing }: StaffView): StaffTask[] {
  return [
    ...(polls === 'open' ? (['pause', 'close'] as const) : []),
    ...(polls === 'paused' ? (['resume', 'close'] as const) : []),
    ...(isVoterHere ? (['end-session'] as const) : []),
    ...(isVoterHere && !isAssisted ? ([isProposing ? 'typed' : 'assisted'] as const) : []),
    ...(closing === null ? [] : (['print'] as const)),
  ]
}

function runTask(kiosk: PinProps['kiosk'], task: StaffTask, anyway: { anyway?: true }) {
  switch (task) {
    case 'open':
      return kiosk['staff.open'](anyway)
    case 'pause':
      return kiosk['staff.pause']({})
    case 'resume':
      return kiosk['staff.resume'](anyway)
    case 'close':
      return kiosk['staff.close']({})
    case 'end-session':
      return kiosk['staff.end-session']({})
    case 'assisted':
      return kiosk['staff.assisted']({})
    case 'typed':
      return kiosk['proposal.assisted']({})
    case 'print':
      return kiosk['staff.print']({})
    case 'lock':
      return kiosk['staff.lock']({})
  }
}
