import { type ReactNode, useEffect, useRef } from 'react'
import { useText } from '../i18n/use-text.ts'
import { useActions } from './actions.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Scroller } from './scroller.tsx'

export interface FooterAction {
  readonly label?: string
  readonly icon?: IconName
  readonly onPress: () => void
  /** Emphasis grows when the screen's question is answered. */
  readonly isReady?: boolean
}

export interface ScreenProps {
  /** Names the place; a change moves the focus to the new title. */
  readonly place: string
  readonly title: string
  /** Id of the title, when something on the screen is labelled by it. */
  readonly titleId?: string
  readonly lead?: string
  readonly step: 1 | 2 | 3 | 4 | null
  /** Small words above the title; by default the step's name. */
  readonly stepLabel?: string | undefined
  /** Shown between title and content; stays in view while the content scrolls. */
  readonly above?: ReactNode
  readonly back?: FooterAction | undefined
  readonly next?: FooterAction | undefined
  readonly canLeave?: boolean
  /** A picture above a centred title, for moments rather than questions. */
  readonly badge?: { readonly icon: IconName; readonly tone: 'plain' | 'success' }
  readonly children?: ReactNode
}

/** The frame of every voter screen: brand and language above, one question, the fixed footer below. */
export function Screen(props: ScreenProps) {
  const { t } = useText()
  const { step } = props
  const stepLabel =
    props.stepLabel ?? (step === null ? undefined : t.steps.names[(step - 1) as 0 | 1 | 2 | 3])
  return (
    <div className="screen">
      <Header step={step} />
      {props.badge === undefined ? <Question {...props} stepLabel={stepLabel} /> : <Moment {...props} />}
      <Footer {...props} />
    </div>
  )
}

function Question({ place, title, titleId, lead, stepLabel, above, children }: ScreenProps) {
  return (
    <main className="screen-main">
      <Scroller place={place}>
        <div className="screen-title">
          {stepLabel === undefined ? null : <p className="step-label">{stepLabel}</p>}
          <Title place={place} id={titleId}>
            {title}
          </Title>
          {lead === undefined ? null : <p className="lead">{lead}</p>}
        </div>
        {above === undefined ? null : <div className="screen-above">{above}</div>}
        <div className="screen-content">{children}</div>
      </Scroller>
    </main>
  )
}

function Moment({ place, title, lead, badge, children }: ScreenProps) {
  return (
    <main className="screen-main moment">
      <Scroller place={place}>
        <div className="center">
          {badge === undefined ? null : (
            <span className={`badge ${badge.tone}`}>
              <Icon name={badge.icon} />
            </span>
          )}
          <div className="moment-words">
            <Title place={place}>{title}</Title>
            {lead === undefined ? null : <p className="lead">{lead}</p>}
          </div>
          {children}
        </div>
      </Scroller>
    </main>
  )
}

/** The question. It takes the focus when the place changes, so that it is what a screen reader reads first. */
export function Title({
  place,
  id,
  children,
}: {
  place: string
  id?: string | undefined
  children: ReactNode
}) {
  const title = useRef<HTMLHeadingElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is what moves the focus
  useEffect(() => title.current?.focus({ preventScroll: true }), [place])
  // A new element for a new place: focusing the one that has the focus already would be heard by nobody.
  return (
    <h1 key={place} ref={title} id={id} tabIndex={-1}>
      {children}
    </h1>
  )
}

export function Header({ step }: { step: 1 | 2 | 3 | 4 | null }) {
  const { t } = useText()
  const { switchLanguage, openSettings, isPractice } = useActions()
  return (
    <header>
      <div className="screen-header">
        <p className="brand">
          <Icon name="mark" />
          <span>{t.brand}</span>
        </p>
        <div className="header-tools">
          {openSettings === null ? null : (
            <Button tone="quiet" icon="sliders" onPress={openSettings} label={t.settings.spoken}>
              {t.settings.button}
            </Button>
          )}
          <Button
            tone="quiet"
            icon="globe"
            onPress={switchLanguage}
            label={t.switchLanguage.spoken}
            lang={t.switchLanguage.lang}
          >
            {t.switchLanguage.label}
          </Button>
        </div>
      </div>
      {isPractice ? <p className="practice">{t.practice.banner}</p> : null}
      {step === null || isPractice ? null : <Steps step={step} />}
    </header>
  )
}

function Steps({ step }: { step: 1 | 2 | 3 | 4 }) {
  const { t } = useText()
  const current = t.steps.current(step, t.steps.names[(step - 1) as 0 | 1 | 2 | 3])
  return (
    <div role="img" aria-label={current} className="steps">
      {t.steps.names.map((name, at) => (
        <span key={name} className={at + 1 === step ? 'current' : at + 1 < step ? 'done' : 'coming'} />
      ))}
    </div>
  )
}

/** Help and the way out on the left, back and next on the right; the same on every screen. */
export function Footer({ back, next, canLeave = true }: Pick<ScreenProps, 'back' | 'next' | 'canLeave'>) {
  const { t } = useText()
  const { askHelp, leave } = useActions()
  return (
    <nav className="screen-footer" aria-label={t.footer.name}>
      <Button tone="quiet" icon="help" className="stacked" onPress={askHelp}>
        {t.footer.help}
      </Button>
      {canLeave ? (
        <Button tone="quiet" icon="home" className="stacked" onPress={leave}>
          {t.footer.leave}
        </Button>
      ) : null}
      {back === undefined ? null : (
        <Button
          tone="secondary"
          icon={back.icon ?? 'back'}
          className="back stacked-when-narrow"
          keyName="back"
          onPress={back.onPress}
        >
          {back.label ?? t.footer.back}
        </Button>
      )}
      {next === undefined ? null : (
        <Button
          tone={next.isReady === false ? 'secondary' : 'primary'}
          icon={next.icon ?? 'forward'}
          iconLast
          className="forward stacked-when-narrow"
          keyName="next"
          onPress={next.onPress}
        >
          {next.label ?? t.footer.next}
        </Button>
      )}
    </nav>
  )
}
