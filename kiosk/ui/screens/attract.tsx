import type { KioskView } from '../../src/contract/views.ts'
import { useActions } from '../components/actions.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { BallotBox } from '../components/illustrations.tsx'
import { Notice } from '../components/notice.tsx'
import { Header, Title } from '../components/screen.tsx'
import { Scroller } from '../components/scroller.tsx'
import type { Catalog, ProblemText } from '../i18n/catalog.ts'
import { useText } from '../i18n/use-text.ts'

/** Nobody is here: what this is, and the one button that starts it. */
export function Attract(props: {
  readonly view: KioskView
  readonly onStart: () => void
  readonly onPractise: () => void
  readonly onPropose: () => void
}) {
  const { view, onStart, onPractise, onPropose } = props
  const { t, say } = useText()
  const { askHelp } = useActions()
  const why = whyNot(view, t)
  return (
    <div className="screen attract">
      <Header step={null} />
      <main className="attract-main">
        <Scroller place="attract">
          <div className="attract-text">
            <p className="step-label">{say(view.kiosk.centre)}</p>
            <Title place="attract">{say(view.election.title)}</Title>
            <p className="lead">{t.attract.sentence}</p>
          </div>
          <BallotBox />
        </Scroller>
        <div className="attract-actions">
          {why === null ? (
            <Button tone="primary" large icon="forward" iconLast keyName="next" onPress={onStart}>
              {t.attract.start}
            </Button>
          ) : (
            <Notice tone="info" text={why} />
          )}
          {view.proposalStop === null ? (
            <Button tone="secondary" icon="pencil" className="with-room" onPress={onPropose}>
              {t.proposals.start}
            </Button>
          ) : null}
          <p className="promise">
            <Icon name="lock" />
            <span>{t.attract.private}</span>
          </p>
        </div>
      </main>
      <nav className="screen-footer" aria-label={t.footer.name}>
        <Button tone="quiet" icon="help" className="stacked" onPress={askHelp}>
          {t.footer.help}
        </Button>
        <Button tone="quiet" icon="hand" className="stacked" onPress={onPractise}>
          {t.attract.practise}
        </Button>
        {view.proposalStop === null ? (
          <Button tone="quiet" icon="pencil" className="stacked without-room" onPress={onPropose}>
            {t.proposals.step}
          </Button>
        ) : null}
      </nav>
    </div>
  )
}

/** Why nobody can begin now, or `null`. */
function whyNot({ polls, stop }: KioskView, t: Catalog): ProblemText | null {
  if (polls === 'open') return stop === null ? null : t.attract.stops[stop]
  return t.attract[polls]
}
