import type { ReactNode } from 'react'
import { useActions } from '../components/actions.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Scroller } from '../components/scroller.tsx'
import { useTechnicianText } from '../i18n/technician-text.ts'

/** The frame of all technician's screens: who may be here, the title, the way on. */
export function TechnicianFrame(props: {
  readonly place: string
  readonly title: string
  readonly lead?: string | undefined
  readonly above?: ReactNode
  readonly footer: ReactNode
  readonly children: ReactNode
}) {
  const { t } = useTechnicianText()
  const { switchLanguage } = useActions()
  return (
    <div className="screen technician">
      <header className="screen-header">
        <p className="brand">
          <Icon name="sliders" />
          <span>{t.title}</span>
        </p>
        <Button tone="quiet" icon="globe" onPress={switchLanguage}>
          {t.language}
        </Button>
      </header>
      <main className="screen-main">
        <Scroller place={props.place}>
          <div className="screen-title">
            <h1 tabIndex={-1}>{props.title}</h1>
            {props.lead === undefined ? null : <p className="lead">{props.lead}</p>}
            {props.above}
          </div>
          <div className="screen-content">{props.children}</div>
        </Scroller>
      </main>
      <nav className="screen-footer" aria-label={t.title}>
        {props.footer}
      </nav>
    </div>
  )
}
