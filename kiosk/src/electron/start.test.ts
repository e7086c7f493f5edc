import { expect, test } from 'vitest'
import { FakeElectron } from './fake-electron.ts'
import { type ShellDeps, startMain } from './start.ts'

function shell(changes: Partial<ShellDeps> = {}) {
  const electron = new FakeElectron()
  const logged: { event: string; fields: Record<string, unknown> }[] = []
  const timers: { run: () => void; delayMs: number }[] = []
  const deps: ShellDeps = {
    core: { url: 'http://127.0.0.1:4100', token: () => 'shell-secret' },
    windowed: false,
    isStaff: false,
    fetch: async () => new Response('hello'),
    log: (event, fields) => logged.push({ event, fields }),
    now: () => 0,
    setTimeout: (run, delayMs) => timers.push({ run, delayMs }),
    ...changes,
  }
  return { electron, deps, logged, timers }
}

const preventable = (more = {}) => {
  const event = {
    prevented: false,
    preventDefault: () => {
      event.prevented = true
    },
    ...more,
  }
  return event
}

test('one hardened window opens on kiosk://app and proxies to the core', async () => {
  const { electron, deps } = shell()
  await startMain(electron, deps)
  expect(electron.app.sandboxed).toBe(true)
  expect(electron.menus).toEqual([null])
  expect(electron.partitions).toEqual(['kiosk'])
  expect(electron.schemes).toEqual([
    { scheme: 'kiosk', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ])
  expect(electron.windows).toHaveLength(1)
  expect(electron.window.loaded).toEqual(['kiosk://app/'])
  expect(electron.window.webContents.zoomLimits).toEqual([1, 1])
  expect(electron.kioskSession.proxyMode).toBe('direct')
  const handler = electron.kioskSession.handlers.get('kiosk')
  expect(await (await handler?.(new Request('kiosk://app/')))?.text()).toBe('hello')
})

test('the staff page is another start page of the same shell', async () => {
  const { electron, deps } = shell({ isStaff: true })
  await startMain(electron, deps)
  expect(electron.window.loaded).toEqual(['kiosk://app/#staff'])
})

test('the window appears only when its page is ready', async () => {
  const { electron, deps } = shell()
  await startMain(electron, deps)
  expect(electron.window.shown).toBe(false)
  electron.window.emit('ready-to-show')
  expect(electron.window.shown).toBe(true)
})

test('a second instance leaves at once and opens nothing', async () => {
  const { electron, deps } = shell()
  electron.app.hasLock = false
  await startMain(electron, deps)
  expect(electron.app.exits).toEqual([0])
  expect(electron.windows).toHaveLength(0)
})

test('the session refuses foreign requests, permissions, devices and downloads', async () => {
  const { electron, deps, logged } = shell()
  await startMain(electron, deps)
  const { kioskSession } = electron
  const answers: boolean[] = []
  kioskSession.requestListener?.({ url: 'https://example.org/a?secret=1' }, ({ cancel }) =>
    answers.push(cancel),
  )
  kioskSession.requestListener?.({ url: 'kiosk://app/assets/a.js' }, ({ cancel }) => answers.push(cancel))
  expect(answers).toEqual([true, false])

  expect(kioskSession.permissionRequestHandlers[0]).toBeNull()
  const granted: boolean[] = []
  kioskSession.permissionRequestHandlers[1]?.({}, 'media', (answer) => granted.push(answer))
  expect(granted).toEqual([false])
  expect(kioskSession.permissionCheckHandlers[1]?.({}, 'hid')).toBe(false)
  expect(kioskSession.deviceHandler?.()).toBe(false)

  for (const name of ['select-hid-device', 'select-usb-device', 'select-serial-port', 'will-download']) {
    const event = preventable()
    kioskSession.emit(name, event)
    expect(event.prevented, name).toBe(true)
  }
  expect(JSON.stringify(logged)).not.toContain('secret')
})

test('every web contents stays at home, opens nothing and hears no shortcut', async () => {
  const { electron, deps } = shell()
  await startMain(electron, deps)
  const { webContents } = electron.window
  expect(webContents.openHandler?.()).toEqual({ action: 'deny' })
  for (const name of ['will-frame-navigate', 'will-redirect']) {
    const away = preventable({ url: 'https://example.org/' })
    webContents.emit(name, away)
    expect(away.prevented, name).toBe(true)
    const home = preventable({ url: 'kiosk://app/' })
    webContents.emit(name, home)
    expect(home.prevented, name).toBe(false)
  }
  for (const name of ['will-attach-webview', 'context-menu']) {
    const event = preventable()
    webContents.emit(name, event)
    expect(event.prevented, name).toBe(true)
  }
  const shortcut = preventable()
  webContents.emit('before-input-event', shortcut, {
    type: 'keyDown',
    key: 'w',
    control: true,
    alt: false,
    meta: false,
  })
  expect(shortcut.prevented).toBe(true)
})

test('a crashed page is loaded again after the delay the policy names', async () => {
  const { electron, deps, timers, logged } = shell()
  await startMain(electron, deps)
  electron.window.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
  expect(timers.map((t) => t.delayMs)).toEqual([1_000])
  expect(electron.window.loaded).toHaveLength(1)
  timers[0]?.run()
  expect(electron.window.loaded).toEqual(['kiosk://app/', 'kiosk://app/'])
  expect(logged.at(-1)).toEqual({
    event: 'page-lost',
    fields: { reason: 'renderer-gone', kind: 'reload', delayMs: 1_000 },
  })
})

test('a frozen page is killed once and counted once', async () => {
  const { electron, deps, timers } = shell()
  await startMain(electron, deps)
  electron.window.emit('unresponsive')
  electron.window.webContents.emit('render-process-gone', {}, { reason: 'killed', exitCode: 9 })
  expect(electron.window.webContents.forcedCrashes).toBe(1)
  expect(timers).toHaveLength(1)
})

test('after five losses the kiosk says it is out of service and keeps trying', async () => {
  const { electron, deps, timers } = shell()
  await startMain(electron, deps)
  for (let loss = 0; loss < 6; loss += 1) {
    electron.window.webContents.emit('did-navigate', {}, 'kiosk://app/', 503)
    if (loss < 5) timers.at(-1)?.run()
  }
  expect(electron.window.loaded.at(-1)).toBe('kiosk://app/shell/out-of-service')
  expect(timers.at(-1)?.delayMs).toBe(30_000)
  timers.at(-1)?.run()
  expect(electron.window.loaded.at(-1)).toBe('kiosk://app/')
})

test('a load that fails is written down, not thrown', async () => {
  const { electron, deps, logged, timers } = shell()
  await startMain(electron, deps)
  electron.window.failLoads = true
  electron.window.webContents.emit('render-process-gone', {}, { reason: 'oom', exitCode: 1 })
  timers[0]?.run()
  await Promise.resolve()
  expect(logged.at(-1)?.event).toBe('load-failed')
})

test('closing the window ends the shell, so that the service manager starts it afresh', async () => {
  const { electron, deps } = shell()
  await startMain(electron, deps)
  electron.app.emit('window-all-closed')
  expect(electron.app.exits).toEqual([1])
})
