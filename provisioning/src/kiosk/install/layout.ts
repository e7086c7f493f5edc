/** Where each file of `deploy/kiosk` goes on a Debian machine. All belong to root. */
export interface InstalledFile {
  /** Name in `deploy/kiosk`. */
  readonly source: string
  /** Absolute path on the kiosk. */
  readonly target: string
  readonly mode: number
}

const file = (source: string, target: string): InstalledFile => ({ source, target, mode: 0o644 })

export const INSTALLED_FILES: readonly InstalledFile[] = [
  file('hanpyo-kiosk.sysusers', '/usr/lib/sysusers.d/hanpyo-kiosk.conf'),
  file('hanpyo-kiosk.tmpfiles', '/usr/lib/tmpfiles.d/hanpyo-kiosk.conf'),
  file('70-hanpyo-kiosk.rules', '/usr/lib/udev/rules.d/70-hanpyo-kiosk.rules'),
  file('journald.conf', '/etc/systemd/journald.conf.d/hanpyo-kiosk.conf'),
  file('logind.conf', '/etc/systemd/logind.conf.d/hanpyo-kiosk.conf'),
  file('sysctl.conf', '/etc/sysctl.d/80-hanpyo-kiosk.conf'),
  file('hanpyo-kiosk-core.service', '/etc/systemd/system/hanpyo-kiosk-core.service'),
  file('hanpyo-kiosk-screen.service', '/etc/systemd/system/hanpyo-kiosk-screen.service'),
]

/** What makes the running system take the files up; skipped for an image. */
export const TAKE_UP: readonly (readonly [string, ...string[]])[] = [
  ['systemd-sysusers'],
  ['systemd-tmpfiles', '--create', '/usr/lib/tmpfiles.d/hanpyo-kiosk.conf'],
  ['systemctl', 'daemon-reload'],
  ['udevadm', 'control', '--reload'],
  ['udevadm', 'trigger'],
  ['systemctl', 'enable', 'hanpyo-kiosk-core.service', 'hanpyo-kiosk-screen.service'],
]
