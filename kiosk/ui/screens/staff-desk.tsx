import { useCallback, useEffect, useState } from 'react'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { StaffAction, StaffView } from '../../src/contract/staff-views.ts'
import type { KioskView } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { Qr } from '../components/qr.tsx'
import { Scroller } from '../components/scroller.tsx'
import { healthFacts } from '../model/health.ts'
import type { PinProps } from './pin.tsx'
import { StaffProposalsDesk } from './staff-proposals.tsx'

const REFRESH_MS = 3_000

type Task = 'open' | 'pause' | 'resume' | 'close' | 'end-session' | 'assisted' | 'typed' | 'print' | 'lock'

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
  const [desk, setDesk] = useState<StaffView | null>(null)
  const [error, setError] = useState<KioskErrorCode | null>(null)
  const [asking, setAsking] = useState<Task | null>(null)
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
  const run = async (task: Task): Promise<void> => {
    setAsking(null)
    setShowsAll(false)
    const anyway = needsAnyway ? { anyway: true as const } : {}
    const answer = await runTask(kiosk, task, anyway)
    setError(answer.ok ? null : answer.error)
    if (answer.ok && 'cursor' in answer.value) accept(answer.value)
    await refresh()
  }
  const press = (task: Task): void => {
    const asksFirst = task === 'close' || task === 'end-session' || (needsAnyway && isOpening(task))
    if (asksFirst) setAsking(task)
    else void run(task)
  }
  const tasks = otherTasks(desk).filter((task) => task !== desk.primary)
  return (
    <div className="screen">
      <header className="screen-header">
        <p className="brand">
          <Icon name="mark" />
          <span>직원 화면</span>
        </p>
        <p className="soft">{view.kiosk.centre.ko}</p>
      </header>
      <main className="screen-main">
        <Scroller place={desk.polls}>
          <div className="screen-title">
            <h1 tabIndex={-1}>{POLLS_TITLE[desk.polls]}</h1>
            {desk.isHelpCalled ? <p className="lead">도움을 청한 분이 있어요.</p> : null}
            {desk.opening === null ? null : <Opening counts={desk.opening} />}
            {error === null ? null : (
              <Notice
                tone="danger"
                text={{ what: '되지 않았어요', next: ERROR_TEXT[error]?.staff.ko ?? error }}
              />
            )}
            {asking === null ? (
              <Button large tone="primary" onPress={() => press(desk.primary)}>
                {TASK_LABEL[desk.primary]}
              </Button>
            ) : (
              <Question task={asking} onNo={() => setAsking(null)} onYes={() => void run(asking)} />
            )}
            {asking !== null ||
            onProposals === undefined ||
            view.proposalStop === 'proposals-not-offered' ? null : (
              <Button tone="secondary" icon="text" onPress={onProposals}>
                제안 살펴보기
              </Button>
            )}
            {asking !== null || tasks.length === 0 ? null : (
              <Button tone="secondary" onPress={() => setShowsAll((before) => !before)}>
                {showsAll ? '다른 일 접기' : '다른 일'}
              </Button>
            )}
            {showsAll && asking === null ? (
              <div className="segments">
                {tasks.map((task) => (
                  <Button key={task} tone="secondary" onPress={() => press(task)}>
                    {TASK_LABEL[task]}
                  </Button>
                ))}
              </div>
            ) : null}
          </div>
          <div className="screen-content">
            {desk.closing === null ? null : (
              <div className="stack loose middle">
                <p className="soft">마감 보고예요. 사진을 찍어 두세요.</p>
                <Qr large text={desk.closing.report} label="마감 보고 큐아르 코드" />
                <p className="soft">보낸 표의 최종 목록이에요.</p>
                <Qr large text={desk.closing.finalManifest} label="최종 목록 큐아르 코드" />
              </div>
            )}
            <dl className="facts">
              {healthFacts(desk.health).map((fact) => (
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
      <nav className="screen-footer" aria-label="아래 단추">
        <Button tone="primary" icon="lock" className="forward" onPress={() => void run('lock')}>
          잠그기
        </Button>
      </nav>
    </div>
  )
}

/** What staff confirm by opening: nothing is in the machine yet. */
function Opening({ counts }: { counts: NonNullable<StaffView['opening']> }) {
  const { cast, challenged, assisted, waiting, proposed, supported } = counts
  const all = [cast, challenged, assisted, waiting, proposed, supported]
  const numbers = `저장된 표 ${cast}, 점검한 표 ${challenged}, 도움을 받은 사람 ${assisted}, 제안 ${proposed}, 지지 ${supported}, 보낼 것 ${waiting}.`
  return all.every((count) => count === 0) ? (
    <p className="lead">이 기기는 비어 있어요. {numbers}</p>
  ) : (
    <Notice
      tone="danger"
      text={{ what: `비어 있지 않아요. ${numbers}`, next: '투표를 시작하지 말고 기술 담당자를 불러 주세요.' }}
    />
  )
}

function Question({ task, onNo, onYes }: { task: Task; onNo: () => void; onYes: () => void }) {
  return (
    <>
      <Notice tone="warning" text={QUESTION[task] ?? QUESTION_ANYWAY} />
      <div className="answers">
        <Button large tone="secondary" onPress={onNo}>
          아니요
        </Button>
        <Button large tone="primary" onPress={onYes}>
          {task === 'close' ? '네, 마칩니다' : '네, 그렇게 합니다'}
        </Button>
      </div>
    </>
  )
}

function isOpening(task: Task): boolean {
  return task === 'open' || task === 'resume'
}

/** Everything that makes sense now, besides the primary action. */
function otherTasks({ polls, isVoterHere, isProposing, isAssisted, closing }: StaffView): Task[] {
  return [
    ...(polls === 'open' ? (['pause', 'close'] as const) : []),
    ...(polls === 'paused' ? (['resume', 'close'] as const) : []),
    ...(isVoterHere ? (['end-session'] as const) : []),
    ...(isVoterHere && !isAssisted ? ([isProposing ? 'typed' : 'assisted'] as const) : []),
    ...(closing === null ? [] : (['print'] as const)),
  ]
}

function runTask(kiosk: PinProps['kiosk'], task: Task, anyway: { anyway?: true }) {
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

const POLLS_TITLE = {
  closed: '아직 투표를 시작하지 않았어요',
  open: '투표하는 중이에요',
  paused: '잠시 멈췄어요',
  final: '투표를 마쳤어요',
} as const satisfies Record<KioskView['polls'], string>

const TASK_LABEL = {
  open: '투표 시작하기',
  pause: '잠시 멈추기',
  resume: '다시 시작하기',
  close: '투표 마치기',
  'end-session': '이분의 투표 그만두기',
  assisted: '도와드렸다고 적기',
  typed: '제안을 대신 써 드리기',
  print: '보고서 인쇄하기',
  lock: '화면 잠그기',
} as const satisfies Record<Task | StaffAction, string>

const QUESTION: Partial<Record<Task, { what: string; next: string }>> = {
  close: { what: '이 기기의 투표를 완전히 마칠까요?', next: '마치면 다시 시작할 수 없어요.' },
  'end-session': { what: '이분의 투표를 그만둘까요?', next: '고른 것은 지워지고, 종이는 다시 쓸 수 있어요.' },
}
const QUESTION_ANYWAY = {
  what: '이 기기의 시계로는 투표 시간이 아니에요',
  next: '시계를 확인해 주세요. 지금 시작하는 것이 맞나요?',
}
