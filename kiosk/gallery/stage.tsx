import { err, ok } from '@hanpyo/protocol/result.ts'
import { createRoot } from 'react-dom/client'
import { createClient } from '../src/contract/client.ts'
import type { Client } from '../src/contract/define.ts'
import type { KioskContract } from '../src/contract/kiosk-contract.ts'
import { App } from '../ui/app.tsx'
import { controlParts, screenParts } from '../ui/speech/narrator.ts'
import type { ClipIndex, Part } from '../ui/speech/speaker.ts'
import { type Look, lookOf } from './look.ts'
import { STAFF_STATES } from './staff-states.ts'
import { type GalleryState, STATES } from './states.ts'
import { TECHNICIAN_STATES } from './technician-states.ts'
import '../ui/styles/index.css'

/** What the specs ask of the stage; a kiosk's page has nothing like it. */
export interface Stage {
  /** Draws a state and resolves when it is painted with its font. */
  show(name: string, look: Look): Promise<void>
  /** Everything the state would speak: the screen, then each control. */
  spoken(): Part[]
}

declare global {
  interface Window {
    stage: Stage
  }
}

const root = createRoot(document.getElementById('root') as HTMLElement)
let shown = 0

window.stage = {
  async show(name, look) {
    const found = [...STATES, ...STAFF_STATES, ...TECHNICIAN_STATES].find((one) => one.name === name)
    if (found === undefined) throw new Error(`no state ${name}`)
    shown += 1
    root.render(<Shown key={shown} state={found} look={look} />)
    await painted()
  },
  spoken: () => {
    const scope = document.querySelector('dialog[open]') ?? document
    const title = scope.querySelector('h1')
    const controls = [...scope.querySelectorAll('button, [data-row], [role="textbox"]')]
    return [...(title === null ? [] : screenParts(title)), ...controls.flatMap(controlParts)]
  },
}

async function painted(): Promise<void> {
  const frame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()))
  await frame()
  await document.fonts.ready
  await frame()
  await frame()
}

function Shown({ state, look }: { state: GalleryState; look: Look }) {
  const { language, pxPerMm, size, theme, reach } = look
  const view = { ...state.view, language, kiosk: { ...state.view.kiosk, pxPerMm } }
  const snapshot = { view, isUnreachable: false, receivedMs: 0 }
  const store = {
    subscribe: () => () => {},
    snapshot: () => snapshot,
    accept: () => {},
    follow: async () => {},
  }
  return (
    <App
      store={store}
      kiosk={stillKiosk(state)}
      now={() => 0}
      loadClips={state.canSpeak ? loadTitle : loadNothing}
      start={{ local: state.local, display: { ...state.display, size, theme, reach } }}
    />
  )
}

/** A kiosk with speech: the page offers to speak when it can say the election's title. Nothing sounds in here. */
async function loadTitle(): Promise<ClipIndex> {
  const { ko, en } = STATES[0]?.view.election.title ?? { ko: '', en: '' }
  return { ko: { [ko]: '' }, en: { [en]: '' } }
}

async function loadNothing(): Promise<null> {
  return null
}

/** A kiosk in which no call changes anything. */
function stillKiosk({ view, technician, staff }: GalleryState): Client<KioskContract> {
  const answers: Readonly<Record<string, unknown>> = {
    'session.touch': ok(view),
    'session.language': ok(view),
    ...(technician === undefined ? {} : { 'technician.state': ok(technician) }),
    ...(staff === undefined ? {} : { 'staff.state': ok(staff.desk), 'staff.proposals': ok(staff.proposals) }),
  }
  return createClient<KioskContract>(async (input) => {
    const method = String(input).replace('/rpc/', '')
    return Response.json(answers[method] ?? err('wrong-step'))
  })
}

const asked = lookOf(location.hash)
if (asked !== null) await window.stage.show(asked.state, asked.look)
