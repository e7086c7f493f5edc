import { useEffect, useRef, useState } from 'react'
import { Alarms } from './components/alarms.tsx'
import { To } from './components/basics.tsx'
import { LanguageContext, useText } from './i18n/use-text.ts'
import { PLACES, type Place } from './places.ts'
import type { LinkValues, Route } from './routes.ts'
import { useRunningHeader } from './running-header.ts'
import type { BoardStore } from './store.ts'
import { LinkContext, StoreContext, useFailure, useRoute, useSnapshot } from './use-board.ts'
import { type Display, useDisplay } from './use-display.ts'
import { Checks } from './views/checks.tsx'
import { Downloads } from './views/downloads.tsx'
import { Batch, Ledger, Record } from './views/ledger.tsx'
import { Overview } from './views/overview.tsx'
import { Paper } from './views/paper.tsx'
import { Proposals } from './views/proposals.tsx'
import { Receipt } from './views/receipt.tsx'
import { Results } from './views/results.tsx'
import { Settings } from './views/settings.tsx'
import { Turnout } from './views/turnout.tsx'

export function App({
  store,
  link,
}: {
  store: BoardStore
  link: LinkValues & { readonly isPinBroken: boolean }
}) {
  const [display, change] = useDisplay(link.language)
  return (
    <StoreContext value={store}>
      <LinkContext value={link}>
        <LanguageContext value={display.language}>
          <Page display={display} change={change} />
        </LanguageContext>
      </LinkContext>
    </StoreContext>
  )
}

function Page({ display, change }: { display: Display; change: (change: Partial<Display>) => void }) {
  const { t, say } = useText()
  const route = useRoute()
  const snapshot = useSnapshot()
  const failure = useFailure()
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  const place = placeOf(route)
  const title = place === undefined ? t.unknown.title : t.nav[place]
  const election = snapshot?.election ?? null

  useEffect(() => {
    document.title = `${title} · ${election === null ? `${t.brand} ${t.brandSoft}` : say(election.title)}`
  }, [title, election, t, say])

  useRunningHeader(
    election === null ? t.brand : t.paper.header(say(election.title), election.manifestHash.slice(0, 16)),
    t.paper.page,
  )

  // A new place is read from its beginning, by eyes and by screen readers.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place in the address is what it waits for
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false
      return
    }
    main.current?.focus()
    scrollTo(0, 0)
  }, [JSON.stringify(route)])

  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {t.skip}
      </button>
      <header className="top">
        <p className="brand">
          <To route={{ view: 'overview' }}>
            {t.brand} <span className="soft">{t.brandSoft}</span>
          </To>
        </p>
        <button
          type="button"
          className="quiet"
          lang={t.otherLanguage.lang}
          onClick={() => change({ language: t.otherLanguage.lang })}
        >
          {t.otherLanguage.label}
        </button>
        <Menu route={route} />
      </header>
      {election?.isTest ? <p className="ribbon">{t.test}</p> : null}
      <main className="page" ref={main} tabIndex={-1}>
        <h1>
          {(route.view === 'overview' || route.view === 'paper') && election !== null
            ? say(election.title)
            : title}
        </h1>
        {failure === null ? null : (
          <section className="notice bad" role="alert">
            <span className="sign" aria-hidden="true">
              ✕
            </span>
            <div>
              <h2>{t.broken.title}</h2>
              <p>{t.broken.text}</p>
              <p>
                <a href="../facts">{t.broken.facts}</a>
              </p>
            </div>
          </section>
        )}
        <Alarms />
        <View route={route} display={display} change={change} />
      </main>
      <footer className="bottom">
        <p>{snapshot === null ? '' : snapshot.host}</p>
      </footer>
    </>
  )
}

function View({
  route,
  display,
  change,
}: {
  route: Route
  display: Display
  change: (change: Partial<Display>) => void
}) {
  const { t } = useText()
  switch (route.view) {
    case 'overview':
      return <Overview />
    case 'turnout':
      return <Turnout />
    case 'receipt':
      return <Receipt />
    case 'results':
      return <Results />
    case 'checks':
      return <Checks />
    case 'ledger':
      return <Ledger page={route.page} />
    case 'batch':
      return <Batch number={route.number} page={route.page} />
    case 'record':
      return <Record index={route.index} />
    case 'proposals':
      return <Proposals />
    case 'downloads':
      return <Downloads />
    case 'paper':
      return <Paper />
    case 'settings':
      return <Settings display={display} change={change} />
    case 'unknown':
      return (
        <>
          <p>{t.unknown.text}</p>
          <p>
            <To route={{ view: 'overview' }}>{t.back}</To>
          </p>
        </>
      )
  }
}

function Menu({ route }: { route: Route }) {
  const { t } = useText()
  const [isOpen, setOpen] = useState(false)
  const here = placeOf(route)
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes when the place is another one
  useEffect(() => setOpen(false), [here])
  return (
    <>
      <button
        type="button"
        className="menu-button"
        aria-expanded={isOpen}
        aria-controls="menu"
        onClick={() => setOpen(!isOpen)}
        onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}
      >
        {t.menu}
      </button>
      <nav id="menu" className={isOpen ? 'menu open' : 'menu'} aria-label={t.nav.name}>
        <ul>
          {PLACES.map((place) => (
            <li key={place.view}>
              <a href={place.hash} aria-current={here === place.view ? 'page' : undefined}>
                {t.nav[place.view]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </>
  )
}

/** The entry of the menu under which a place stands. */
function placeOf(route: Route): Place | undefined {
  if (route.view === 'unknown') return undefined
  return route.view === 'batch' || route.view === 'record' ? 'ledger' : route.view
}
