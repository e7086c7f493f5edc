import { expect, test } from 'vitest'
import { navigationPolicy, permissionPolicy, requestPolicy } from './access-policy.ts'
import { crashPolicy, recentLosses } from './crash-policy.ts'
import { inputPolicy } from './input-policy.ts'
import { commandLineSwitches, windowOptions } from './window-options.ts'

const FOREIGN = [
  'https://example.org/',
  'http://127.0.0.1:80/',
  'file:///etc/passwd',
  'kiosk://other/',
  'kiosk://app.example.org/',
  'kiosk://user@app/',
  'kiosk://app:1/',
  'javascript:alert(1)',
  'devtools://devtools/bundled/inspector.html',
  'about:blank',
  'kiosks://app/',
  'not a url',
  '',
]

test('navigation stays on kiosk://app and refuses every other address', () => {
  expect(navigationPolicy('kiosk://app/')).toBe('allow')
  expect(navigationPolicy('kiosk://app/rpc/session.state?x=1#y')).toBe('allow')
  for (const url of FOREIGN) expect(navigationPolicy(url), url).toBe('deny')
})

test('the page may request its own origin and inline images, nothing else', () => {
  expect(requestPolicy('kiosk://app/assets/index.js')).toBe('allow')
  expect(requestPolicy('data:image/svg+xml;utf8,<svg/>')).toBe('allow')
  expect(requestPolicy('data:text/html,<script>1</script>')).toBe('deny')
  for (const url of FOREIGN) expect(requestPolicy(url), url).toBe('deny')
})

test('no web permission is ever granted', () => {
  for (const name of ['media', 'hid', 'usb', 'serial', 'clipboard-read', 'openExternal', 'new-one']) {
    expect(permissionPolicy(name)).toBe(false)
  }
})

const key = (name: string, held: Partial<{ control: boolean; alt: boolean; meta: boolean }> = {}) => ({
  type: 'keyDown',
  key: name,
  control: false,
  alt: false,
  meta: false,
  ...held,
})

test('keypad, scanner and Hangul keys pass', () => {
  for (const name of ['Enter', 'Tab', ' ', 'ArrowUp', 'ArrowLeft', 'Escape', 'H', '7', '한', 'Process']) {
    expect(inputPolicy(key(name)), name).toBe('pass')
  }
})

test('shortcuts, function keys and browser keys are blocked', () => {
  for (const name of ['F1', 'F5', 'F11', 'F12', 'BrowserBack', 'PrintScreen', 'ContextMenu', 'ZoomIn']) {
    expect(inputPolicy(key(name)), name).toBe('block')
  }
  for (const held of [{ control: true }, { alt: true }, { meta: true }]) {
    expect(inputPolicy(key('a', held))).toBe('block')
    expect(inputPolicy(key('Tab', held))).toBe('block')
  }
})

test('a lost page comes back after 1, 2, 5, 10 and 10 s, then the kiosk is out of service', () => {
  const history: number[] = []
  const actions = Array.from({ length: 6 }, (_, index) => {
    const action = crashPolicy(history, index)
    history.push(index)
    return action
  })
  expect(actions.map((a) => (a.kind === 'reload' ? a.delayMs : a.kind))).toEqual([
    1_000,
    2_000,
    5_000,
    10_000,
    10_000,
    'out-of-service',
  ])
})

test('losses older than five minutes are forgotten', () => {
  expect(recentLosses([0, 1_000], 300_500)).toEqual([1_000])
  expect(crashPolicy([0, 1, 2, 3, 4], 300_010)).toEqual({ kind: 'reload', delayMs: 1_000 })
})

test('the window is a sandboxed full screen without Node, preload, dialogs or developer tools', () => {
  const options = windowOptions({ windowed: false })
  expect(options).toMatchObject({ kiosk: true, fullscreen: true, frame: false, show: false })
  expect(options.webPreferences).toEqual({
    partition: 'kiosk',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    spellcheck: false,
    navigateOnDragDrop: false,
    disableDialogs: true,
    backgroundThrottling: false,
    devTools: false,
  })
  expect(options.webPreferences.partition.startsWith('persist:')).toBe(false)
})

test('a windowed shell differs only in its frame and developer tools', () => {
  const { webPreferences } = windowOptions({ windowed: true })
  expect(webPreferences).toEqual({
    ...windowOptions({ windowed: false }).webPreferences,
    devTools: true,
  })
})

test('no switch weakens the sandbox or web security', () => {
  const names = commandLineSwitches().map(([name]) => name)
  for (const weak of [
    'no-sandbox',
    'disable-web-security',
    'remote-debugging-port',
    'ignore-certificate-errors',
  ]) {
    expect(names).not.toContain(weak)
  }
  expect(names).toContain('disable-breakpad')
})
