import type { KioskView } from '../../src/contract/views.ts'
import { useActions } from '../components/actions.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { BallotBox } from '../components/illustrations.tsx'
import { Notice } from '../components/notice.tsx'
import { Header, Title } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'

/** Nobody is here: what this is, and the one button that starts it. */
export function Attract({ view, onStart }: { view: KioskView; onStart: () => void }) {
  const { t, say } = useText()
  const { askHelp } = useActions()
  const isOpen = view.polls === 'open'
  return (
    <div className="screen attract">
      <Header step={null} />
      <main className="attract-main">
        <div className="attract-text">
          <p className="step-label">{say(view.kiosk.centre)}</p>
          <Title place="attract">{say(view.election.title)}</Title>
          <p className="lead">{t.attract.sentence}</p>
        </div>
        <BallotBox />
        <div className="attract-actions">
          {isOpen ? (
            <Button tone="primary" large icon="forward" iconLast keyName="next" onPress={onStart}>
              {t.attract.start}
            </Button>
          ) : (
            <Notice tone="info" text={view.polls === 'final' ? t.attract.final : t.attract.closed} />
          )}
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
      </nav>
    </div>
  )
}
