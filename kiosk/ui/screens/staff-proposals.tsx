import { useCallback, useEffect, useState } from 'react'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { StaffProposal, StaffProposals } from '../../src/contract/proposal-views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { Scroller } from '../components/scroller.tsx'
import type { PinProps } from './pin.tsx'

/** Why a proposal is hidden or shown again: said in public, so staff choose a sentence instead of typing one. */
const REASONS = {
  hide: [
    '개인 정보가 들어 있어요',
    '욕설이나 남을 헐뜯는 말이 있어요',
    '물건이나 가게를 알리는 글이에요',
    '제안이 아닌 글이에요',
  ],
  show: ['잘못 가렸어요', '다시 살펴보니 문제가 없어요'],
} as const

/** The proposals handed in at this centre: staff hide what must not be seen, or show it again. Nothing is erased here. */
export function StaffProposalsDesk({
  kiosk,
  onBack,
}: Pick<PinProps, 'kiosk'> & { readonly onBack: () => void }) {
  const [list, setList] = useState<StaffProposals | null>(null)
  const [asking, setAsking] = useState<string | null>(null)
  const [error, setError] = useState<KioskErrorCode | null>(null)
  const load = useCallback(
    async (page: number): Promise<void> => {
      const answer = await kiosk['staff.proposals']({ page })
      setError(answer.ok ? null : answer.error)
      if (answer.ok) setList(answer.value)
    },
    [kiosk],
  )
  useEffect(() => void load(1), [load])
  const moderate = async ({ id, isHidden }: StaffProposal, reason: string): Promise<void> => {
    setAsking(null)
    const answer = await kiosk['staff.moderate']({ id, action: isHidden ? 'show' : 'hide', reason })
    setError(answer.ok ? null : answer.error)
    if (answer.ok) setList(answer.value)
  }
  const { page, pages, items } = list ?? { page: 1, pages: 1, items: [] }
  return (
    <div className="screen">
      <header className="screen-header">
        <p className="brand">
          <Icon name="mark" />
          <span>직원 화면</span>
        </p>
      </header>
      <main className="screen-main">
        <Scroller place={`proposals ${page}`}>
          <div className="screen-title">
            <h1 tabIndex={-1}>이곳에서 낸 제안</h1>
            <p className="lead">가려도 지워지지 않아요. 가린 까닭은 누구나 볼 수 있어요.</p>
            {error === null ? null : (
              <Notice
                tone="danger"
                text={{ what: '되지 않았어요', next: ERROR_TEXT[error]?.staff.ko ?? error }}
              />
            )}
          </div>
          <div className="screen-content">
            <div className="stack">
              {list !== null && items.length === 0 ? (
                <Notice
                  tone="info"
                  text={{
                    what: '아직 기록된 제안이 없어요',
                    next: '제안은 공개 기록에 오른 뒤에 여기에 나와요.',
                  }}
                />
              ) : null}
              {items.map((proposal) => (
                <Item
                  key={proposal.id}
                  proposal={proposal}
                  isAsking={asking === proposal.id}
                  onAsk={(isAsking) => setAsking(isAsking ? proposal.id : null)}
                  onReason={(reason) => void moderate(proposal, reason)}
                />
              ))}
              {pages === 1 ? null : (
                <div className="answers">
                  <Button tone="secondary" icon="back" isOff={page === 1} onPress={() => void load(page - 1)}>
                    앞쪽 보기
                  </Button>
                  <Button
                    tone="secondary"
                    icon="forward"
                    iconLast
                    isOff={page === pages}
                    onPress={() => void load(page + 1)}
                  >
                    다음 쪽 보기
                  </Button>
                </div>
              )}
            </div>
          </div>
        </Scroller>
      </main>
      <nav className="screen-footer" aria-label="아래 단추">
        <Button tone="secondary" icon="back" className="forward" keyName="back" onPress={onBack}>
          다른 일로
        </Button>
      </nav>
    </div>
  )
}

function Item(props: {
  readonly proposal: StaffProposal
  readonly isAsking: boolean
  readonly onAsk: (isAsking: boolean) => void
  readonly onReason: (reason: string) => void
}) {
  const { proposal, isAsking, onAsk, onReason } = props
  const { topic, text, supports, isHidden, isChangeWaiting, reason } = proposal
  return (
    <section className={isHidden ? 'staff-proposal flagged' : 'staff-proposal'} data-hidden={isHidden}>
      <h2>{topic.title.ko}</h2>
      <p className="proposal-text">{text}</p>
      <p className="soft numeric">
        {supports}명이 함께해요 · {isHidden ? '가려져 있어요' : '보이고 있어요'}
        {isChangeWaiting ? ' · 아직 보내는 중이에요' : ''}
      </p>
      {reason === null ? null : <p className="soft">까닭: {reason}</p>}
      {isAsking ? (
        <div className="stack">
          <p>{isHidden ? '다시 보이는 까닭을 골라 주세요.' : '가리는 까닭을 골라 주세요.'}</p>
          {REASONS[isHidden ? 'show' : 'hide'].map((one) => (
            <Button key={one} tone="secondary" onPress={() => onReason(one)}>
              {one}
            </Button>
          ))}
          <Button tone="quiet" onPress={() => onAsk(false)}>
            그만두기
          </Button>
        </div>
      ) : (
        <Button tone="secondary" icon="eye" onPress={() => onAsk(true)}>
          {isHidden ? '다시 보이기' : '이 제안 가리기'}
        </Button>
      )}
    </section>
  )
}
