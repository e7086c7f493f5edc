import { createRoot } from 'react-dom/client'
import { createClient } from '../src/contract/client.ts'
import type { KioskContract } from '../src/contract/kiosk-contract.ts'
import { App } from './app.tsx'
import { createDeviceKeys, pressKey } from './input/device-keys.ts'
import { installKeyboard } from './input/keyboard.ts'
import { createSignsOfLife } from './input/signs-of-life.ts'
import { createWedge, LONGEST_SCAN } from './input/wedge.ts'
import { createViewStore } from './model/store.ts'
import { Staff } from './screens/staff.tsx'
import { fetchClipIndex } from './use-speech.ts'
import './styles/index.css'

const kiosk = createClient<KioskContract>(fetch.bind(globalThis))
const now = (): number => performance.now()
const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs))
const RELOAD_AFTER_BUG_MS = 3_000
const isStaffPage = location.hash === '#staff'

const store = createViewStore({
  kiosk,
  now,
  sleep,
  // A fresh page for the next voter: no DOM, no memory, no setting of the last one is left.
  onVoterGone: () => {
    if (!isStaffPage) location.reload()
  },
})

// The voter's page connects keypad and switches itself, because some keys change how it looks and sounds.
if (isStaffPage) installKeyboard(document)
if (!isStaffPage) followDeviceKeys()
listenForScanner()
listenForSignsOfLife()
document.addEventListener('contextmenu', (event) => event.preventDefault())

const container = document.getElementById('root')
if (container === null) throw new Error('index.html has no #root')
const root = createRoot(container, {
  // The core holds the session, so a fresh page shows the same question again.
  onUncaughtError: (error) => {
    reportError(error)
    setTimeout(() => location.reload(), RELOAD_AFTER_BUG_MS)
  },
})
root.render(
  isStaffPage ? (
    <Staff store={store} kiosk={kiosk} />
  ) : (
    <App store={store} kiosk={kiosk} now={now} loadClips={fetchClipIndex} />
  ),
)
await store.follow(new AbortController().signal)

/** Keypad and switches that the core reads itself. */
function followDeviceKeys(): void {
  const keys = createDeviceKeys()
  store.subscribe(() => {
    const { view } = store.snapshot()
    const pressed = view === null ? [] : keys.take(view.input)
    // After the page has drawn the view that came with them.
    if (pressed.length > 0) setTimeout(() => pressed.forEach((key) => void pressKey(document, key)), 0)
  })
}

/**
 * A keyboard-wedge scanner types; the burst goes to the core and never presses a button. At a desk without a scanner a
 * slip's text can be pasted.
 */
function listenForScanner(): void {
  const wedge = createWedge()
  const scan = async (text: string): Promise<void> => {
    const answer = await kiosk['session.scan']({ text })
    if (answer.ok) store.accept(answer.value)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    // Here a person types. What a scanner types is taken back (use-typing.ts).
    if (store.snapshot().view?.screen.screen === 'proposal-write') return
    const { text, consumed } = wedge.press(event.key, event.timeStamp)
    if (consumed) {
      event.preventDefault()
      event.stopImmediatePropagation()
    }
    if (text !== null) void scan(text)
  }
  window.addEventListener('keydown', onKeyDown, { capture: true })
  window.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain').trim() ?? ''
    if (text !== '') void scan(text.slice(0, LONGEST_SCAN))
  })
}

/** While the idle question is on the screen, only its own buttons answer it. */
function listenForSignsOfLife(): void {
  const signs = createSignsOfLife()
  const onSign = async (): Promise<void> => {
    const { view } = store.snapshot()
    if (view === null || view.session === null || view.idle !== null) return
    if (signs.note(now())) await kiosk['session.touch']({})
  }
  for (const name of ['pointerdown', 'keydown'] as const) {
    window.addEventListener(name, () => void onSign(), { capture: true })
  }
}
