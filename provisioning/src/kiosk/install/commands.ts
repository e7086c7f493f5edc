import { chmod, chown, lstat, mkdir, readFile, realpath, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from '@hanpyo/platform/command.ts'
import type { RunProgram } from '@hanpyo/platform/run-program.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { provisionCommand, type Session } from '../../frame/command.ts'
import { nodePorts } from '../../frame/ports.ts'
import type { Report } from '../../frame/report.ts'
import { findDrift, type Owner, type WantedFile } from './drift.ts'
import { INSTALLED_FILES, TAKE_UP } from './layout.ts'

const SOURCE = fileURLToPath(new URL('../../../../deploy/kiosk/', import.meta.url))

/** `hanpyo kiosk install`: the kiosk's side of the operating system. */
export const commands: readonly Command[] = [
  provisionCommand({
    name: 'kiosk install',
    summary: 'Lay out users, services, device rules and limits of a kiosk on a Debian machine.',
    usage: [
      'hanpyo kiosk install [--root DIR] [--check] [--dry-run] [--json]',
      '',
      'Writes the files of deploy/kiosk where they belong and has the system take them up. Running it again changes only what differs.',
      '',
      '  --root DIR   write into this tree (an image) and leave the running system alone',
      '  --check      change nothing; tell what differs in content, permissions or owner',
      '',
      'Exit codes: 0 as it should be, 17 something differs (--check), 18 not root, 19 the system did not take all of it up.',
    ].join('\n'),
    options: { root: { type: 'string' }, check: { type: 'boolean', default: false } },
    ports: nodePorts,
    body: install,
  }),
]

async function install(session: Session): Promise<number> {
  const image = session.path('root')
  const root = image ?? '/'
  const isRoot = process.getuid?.() === 0
  const owner: Owner =
    isRoot || image === undefined
      ? { uid: 0, gid: 0 }
      : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const wanted = await readWanted()
  const drift = await findDrift(root, wanted, owner)
  const step = { id: 'kiosk-install', title: { ko: '단말기 설치', en: 'Install the kiosk' } }
  if (session.isSet('check') || session.dryRun) {
    session.report.step(step, drift.length === 0 ? 'already-done' : 'would-change', drift)
    const names = drift.map(({ what }) => what).join('\n')
    if (session.isSet('check') && drift.length > 0) session.must(err('install-drift', names))
    session.report.summary({ command: 'kiosk install', exitCode: 0 })
    return 0
  }
  if (image === undefined && !isRoot) session.must(err('install-not-root'))
  for (const { target } of wanted) {
    if (await leadsOut(root, dirname(join(root, target))))
      session.must(err('disk-failed', `${target}: a link out of ${root}`))
  }
  const targets = new Set(drift.map(({ target }) => target))
  for (const file of wanted) if (targets.has(file.target)) await put(session, root, file, owner)
  const left = image === undefined ? await takeUp(session.ports.run, session.report) : []
  if (left.length > 0) session.must(err('install-not-taken-up', left.join('\n')))
  session.report.step(step, drift.length === 0 ? 'already-done' : 'done', drift)
  session.report.summary({ command: 'kiosk install', exitCode: 0 })
  return 0
}

/** Whether a link on the way to a folder, there or not yet, leads out of the tree: an image's must not reach into this machine. */
async function leadsOut(root: string, folder: string): Promise<boolean> {
  const inside = await realpath(root).catch(() => null)
  if (inside === null || inside === sep) return false
  for (let at = folder; at.length > root.length; at = dirname(at)) {
    if ((await lstat(at).catch(() => null)) === null) continue
    const real = await realpath(at).catch(() => null)
    return real === null || !`${real}${sep}`.startsWith(`${inside}${sep}`)
  }
  return false
}

/** What `deploy/kiosk` says. */
export async function readWanted(): Promise<readonly WantedFile[]> {
  return Promise.all(
    INSTALLED_FILES.map(async (file) => ({ ...file, content: await readFile(join(SOURCE, file.source)) })),
  )
}

async function put(session: Session, root: string, file: WantedFile, owner: Owner): Promise<void> {
  const path = join(root, file.target)
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  const found = await lstat(path).catch(() => null)
  if (found?.isSymbolicLink() === true) await rm(path)
  await session.ports.files.write(path, file.content, { mode: file.mode })
  await chmod(path, file.mode)
  await chown(path, owner.uid, owner.gid)
}

/** Has the running system take the files up; gives the commands that did not succeed, all of which were tried. */
export async function takeUp(run: RunProgram, report: Pick<Report, 'fact'>): Promise<readonly string[]> {
  const left: string[] = []
  for (const [command, ...args] of TAKE_UP) {
    const done = await run(command, args)
    const line = [command, ...args].join(' ')
    const state = done === null ? 'not installed' : done.code === 0 ? 'ok' : done.stderr.trim()
    report.fact({ ran: line, state }, `${line}: ${state}`)
    if (state !== 'ok') left.push(`${line}: ${state}`)
  }
  return left
}
