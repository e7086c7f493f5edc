import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { Client } from '../../src/contract/define.ts'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import type { Health, KioskView } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { healthFacts } from '../model/health.ts'
import type { ViewStore } from '../model/store.ts'
import { usePhysicalSize } from '../use-physical-size.ts'

const REFRESH_MS = 3_000

/**
 * The staff page (`#staff`): opens and closes this kiosk's polls and says how the machine is. It has no way to a
 * ballot: no choice, no slip number and no cast button exist here. A voter's page has no link to it.
 */
export function Staff({ store, kiosk }: { store: ViewStore; kiosk: Client<KioskContract> }) {
  const { view } = useSyncExternalStore(store.subscribe, store.snapshot)
  usePhysicalSize(view)
  const [health, setHealth] = useState<Health | null>(null)
  const [error, setError] = useState<KioskErrorCode | null>(null)
  const [isClosing, setClosing] = useState(false)

  const refresh = useCallback(async (): Promise<void> => {
    const answer = await kiosk['health.get']({})
    setHealth(answer.ok ? answer.value : null)
    if (!answer.ok) setError(answer.error)
  }, [kiosk])
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [refresh])

  if (view === null) return null
  const open = async (): Promise<void> => {
    const answer = await kiosk['staff.open']({})
    setError(answer.ok ? null : answer.error)
    if (answer.ok) store.accept(answer.value)
    await refresh()
  }
  const close = async (): Promise<void> => {
    const answer = await kiosk['staff.close']({})
    setClosing(false)
    setError(answer.ok ? null : answer.error)
    await refresh()
  }
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
        <div className="screen-title">
          <h1>{POLLS_TITLE[view.polls]}</h1>
          {error === null ? null : (
            <Notice
              tone="danger"
              text={{ what: '되지 않았어요', next: ERROR_TEXT[error]?.staff.ko ?? error }}
            />
          )}
          <PollsAction view={view} isClosing={isClosing} onOpen={open} onClose={close} onAsk={setClosing} />
        </div>
        <div className="scroll-area">
          {health === null ? null : (
            <dl className="facts">
              {healthFacts(health).map((fact) => (
                <div className="fact" key={fact.name} data-state={fact.state}>
                  <dt>{fact.name}</dt>
                  <dd>
                    <Icon name={fact.state === 'good' ? 'check' : 'warning'} />
                    <span>{fact.says}</span>
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      </main>
    </div>
  )
}

const POLLS_TITLE = {
  closed: '아직 투표를 시작하지 않았어요',
  open: '투표하는 중이에요',
  paused: '투표를 잠시 멈췄어요',
  final: '투표를 마쳤어요',
} as const satisfies Record<KioskView['polls'], string>

interface PollsActionProps {
  readonly view: KioskView
  readonly isClosing: boolean
  readonly onOpen: () => Promise<void>
  readonly onClose: () => Promise<void>
  readonly onAsk: (asking: boolean) => void
}

/** One primary action per state; closing is for good, so it is asked twice. */
function PollsAction({ view, isClosing, onOpen, onClose, onAsk }: PollsActionProps) {
  if (view.polls === 'final') return null
  if (view.polls === 'closed') {
    return (
      <Button large tone="primary" onPress={() => void onOpen()}>
        투표 시작하기
      </Button>
    )
  }
  if (!isClosing) {
    return (
      <Button large tone="secondary" icon="lock" onPress={() => onAsk(true)}>
        투표 마치기
      </Button>
    )
  }
  return (
    <>
      <Notice
        tone="warning"
        text={{ what: '이 기기의 투표를 완전히 마칠까요?', next: '마치면 다시 시작할 수 없어요.' }}
      />
      <div className="answers">
        <Button large tone="secondary" onPress={() => onAsk(false)}>
          아니요
        </Button>
        <Button large tone="primary" onPress={() => void onClose()}>
          네, 마칩니다
        </Button>
      </div>
    </>
  )
}
