import { useCallback, useEffect, useState } from 'react'
import type { BilingualText } from '../../src/contract/bilingual.ts'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { StaffProposal, StaffProposals } from '../../src/contract/proposal-views.ts'
import type { Language } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Notice } from '../components/notice.tsx'
import { Scroller } from '../components/scroller.tsx'
import { useStaffText } from '../i18n/staff-text.ts'
import type { PinProps } from './pin.tsx'
import { StaffHeader } from './staff-language.tsx'

/**
 * Why a proposal is hidden or shown again: said in public, so staff choose a sentence instead of typing one. The record
 * holds the Korean one, whatever language staff read.
 */
const REASONS = {
  hide: [
    { ko: '개인 정보가 들어 있어요', en: 'It contains personal data' },
    { ko: '욕설이나 남을 헐뜯는 말이 있어요', en: 'It insults somebody' },
    { ko: '물건이나 가게를 알리는 글이에요', en: 'It is an advertisement' },
    { ko: '제안이 아닌 글이에요', en: 'It is not a proposal' },
  ],
  show: [
    { ko: '잘못 가렸어요', en: 'It was hidden by mistake' },
    { ko: '다시 살펴보니 문제가 없어요', en: 'On a second look nothing is wrong with it' },
  ],
} as const satisfies Record<'hide' | 'show', readonly BilingualText[]>

/** The proposals handed in at this centre: staff hide what must not be seen, or show it again. Nothing is erased here. */
export function StaffProposalsDesk({
  kiosk,
  onBack,
}: Pick<PinProps, 'kiosk'> & { readonly onBack: () => void }) {
  const { t, language } = useStaffText()
  const { moderation } = t
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
    <div className="screen" lang={language}>
      <StaffHeader />
      <main className="screen-main">
        <Scroller place={`proposals ${page}`}>
          <div className="screen-title">
            <h1 tabIndex={-1}>{moderation.title}</h1>
            <p className="lead">{moderation.how}</p>
            {error === null ? null : (
              <Notice
                tone="danger"
                text={{ what: t.failed, next: ERROR_TEXT[error]?.staff[language] ?? error }}
              />
            )}
          </div>
          <div className="screen-content">
            <div className="stack">
              {list !== null && items.length === 0 ? <Notice tone="info" text={moderation.none} /> : null}
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
                    {moderation.earlier}
                  </Button>
                  <Button
                    tone="secondary"
                    icon="forward"
                    iconLast
                    isOff={page === pages}
                    onPress={() => void load(page + 1)}
                  >
                    {moderation.later}
                  </Button>
                </div>
              )}
            </div>
          </div>
        </Scroller>
      </main>
      <nav className="screen-footer" aria-label={t.footer}>
        <Button tone="secondary" icon="back" className="forward" keyName="back" onPress={onBack}>
          {moderation.back}
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
  const { t, language } = useStaffText()
  const { moderation } = t
  const { proposal, isAsking, onAsk, onReason } = props
  const { topic, text, supports, isHidden, isChangeWaiting, reason } = proposal
  return (
    <section className={isHidden ? 'staff-proposal flagged' : 'staff-proposal'} data-hidden={isHidden}>
      <h2>{topic.title[language]}</h2>
      <p className="proposal-text">{text}</p>
      <p className="soft numeric">{moderation.state(supports, isHidden, isChangeWaiting)}</p>
      {reason === null ? null : <p className="soft">{moderation.reasonIs(inLanguage(reason, language))}</p>}
      {isAsking ? (
        <div className="stack">
          <p>{moderation.why[isHidden ? 'show' : 'hide']}</p>
          {REASONS[isHidden ? 'show' : 'hide'].map((one) => (
            <Button key={one.ko} tone="secondary" onPress={() => onReason(one.ko)}>
              {one[language]}
            </Button>
          ))}
          <Button tone="quiet" onPress={() => onAsk(false)}>
            {moderation.stop}
          </Button>
        </div>
      ) : (
        <Button tone="secondary" icon="eye" onPress={() => onAsk(true)}>
          {isHidden ? moderation.show : moderation.hide}
        </Button>
      )}
    </section>
  )
}

/** A recorded reason in the language in use; one from elsewhere stays as it was written. */
function inLanguage(reason: string, language: Language): string {
  const known = [...REASONS.hide, ...REASONS.show].find(({ ko }) => ko === reason)
  return known?.[language] ?? reason
}
