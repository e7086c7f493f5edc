import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '@hanpyo/platform/run-program.ts'
import { PROVISION_ERRORS } from '@hanpyo/provisioning/frame/errors.ts'
import { commands, readWanted, takeUp } from '@hanpyo/provisioning/kiosk/install/commands.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hanpyo-install-'))
})
afterEach(() => rm(root, { recursive: true }))

async function install(...args: string[]) {
  const lines: Record<string, unknown>[] = []
  const io = {
    stdout: (line: string) => void lines.push(JSON.parse(line)),
    stderr: () => {},
    env: {},
    cwd: root,
  }
  const code = await commands[0]?.run(['--root', root, '--json', ...args], io)
  return { code, text: JSON.stringify(lines) }
}

test('installing puts every file in place, once, and a check then finds nothing', async () => {
  expect(await install('--dry-run')).toMatchObject({ code: 0 })
  expect((await install('--check')).code).toBe(17)
  expect((await install()).text).toContain('"done"')
  expect((await install()).text).toContain('"already-done"')
  expect(await install('--check')).toMatchObject({ code: 0 })
})

test('a check names what was changed, in content or permissions, and a link in place of a file', async () => {
  await install()
  const at = (target: string) => join(root, target)
  await writeFile(at('/etc/systemd/system/hanpyo-kiosk-core.service'), 'changed')
  await chmod(at('/etc/sysctl.d/80-hanpyo-kiosk.conf'), 0o666)
  await rm(at('/usr/lib/udev/rules.d/70-hanpyo-kiosk.rules'))
  await symlink('/dev/null', at('/usr/lib/udev/rules.d/70-hanpyo-kiosk.rules'))
  const { code, text } = await install('--check')
  expect(code).toBe(17)
  for (const what of ['core.service: content', 'kiosk.conf: mode', 'kiosk.rules'])
    expect(text).toContain(what)
  expect(await install()).toMatchObject({ code: 0 })
  expect(await install('--check')).toMatchObject({ code: 0 })
})

test('a link in an image leads no file out of it, and one that stays inside is followed', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'hanpyo-host-'))
  try {
    await mkdir(join(root, 'etc'))
    await symlink(outside, join(root, 'etc/sysctl.d'))
    expect(await install()).toMatchObject({ code: PROVISION_ERRORS['disk-failed'].exit })
    expect(await readdir(outside)).toEqual([])
    expect(await readdir(root)).toEqual(['etc'])
    await rm(join(root, 'etc/sysctl.d'))
    await mkdir(join(root, 'inside'))
    await symlink('../inside', join(root, 'etc/sysctl.d'))
    expect((await install()).code).toBe(0)
    expect(await readdir(join(root, 'inside'))).toEqual(['80-hanpyo-kiosk.conf'])
  } finally {
    await rm(outside, { recursive: true })
  }
})

test('what the system did not take up is named, after everything was tried', async () => {
  const ran: string[] = []
  const run = async (command: string) => {
    ran.push(command)
    if (command === 'udevadm') return null
    const code = command === 'systemd-sysusers' ? 1 : 0
    return { code, stdout: new Uint8Array(), stderr: 'refused\n' }
  }
  const left = await takeUp(run, { fact: () => {} })
  expect(left).toEqual([
    'systemd-sysusers: refused',
    'udevadm control --reload: not installed',
    'udevadm trigger: not installed',
  ])
  expect(ran.at(-1)).toBe('systemctl')
})

test('the core may open its printer and the TPM that opens its keys', async () => {
  const text = (name: string) => readFile(new URL(`../../../deploy/kiosk/${name}`, import.meta.url), 'utf8')
  // systemd compares with the names of /proc/devices, where usblp's is "usb".
  expect((await text('hanpyo-kiosk-core.service')).split('\n')).toContain('DeviceAllow=char-usb rw')
  expect(await text('70-hanpyo-kiosk.rules')).toMatch(/SUBSYSTEM=="tpmrm".*GROUP="hanpyo-core"/)
})

test('no unit switches the sandbox of the browser off, and the core is watched and has no privileges', async () => {
  const text = (name: string) => readFile(new URL(`../../../deploy/kiosk/${name}`, import.meta.url), 'utf8')
  const [core, screen] = [await text('hanpyo-kiosk-core.service'), await text('hanpyo-kiosk-screen.service')]
  expect(core + screen).not.toContain('no-sandbox')
  for (const line of [
    'Type=notify',
    'WatchdogSec=30',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'User=hanpyo-core',
  ])
    expect(core.split('\n')).toContain(line)
  expect(screen).toContain('User=hanpyo-ui')
  expect((await readWanted()).length).toBeGreaterThan(6)
})

test('systemd finds nothing wrong with the units but programs that are not on this machine', async (context) => {
  await install()
  const units = ['core', 'screen'].map((name) =>
    join(root, `/etc/systemd/system/hanpyo-kiosk-${name}.service`),
  )
  const done = await runProgram('systemd-analyze', ['verify', '--man=no', ...units])
  if (done === null) return context.skip('systemd-analyze is not installed')
  const lines = done.stderr.split('\n').filter((line) => line.includes('hanpyo-kiosk'))
  expect(lines.filter((line) => !line.includes('is not executable'))).toEqual([])
})
