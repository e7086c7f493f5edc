// Runs before npm scripts, on any Node ≥ 20.19: installs the packages when they are missing or older than the
// lock file, and with --ui builds the kiosk's screens and the public page when their sources changed, with the spoken
// clips where espeak-ng is installed. Plain JavaScript on purpose.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const installedLock = join(root, 'node_modules', '.package-lock.json')

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error) {
    console.error(`Could not run ${command}: ${error.message}`)
    process.exit(1)
  }
  if (status !== 0) process.exit(status ?? 1)
}

function newestChange(path) {
  if (!existsSync(path)) return 0
  const info = statSync(path)
  if (!info.isDirectory()) return info.mtimeMs
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), 0)
}

const lockIsNewer =
  !existsSync(installedLock) ||
  statSync(join(root, 'package-lock.json')).mtimeMs > statSync(installedLock).mtimeMs
if (lockIsNewer) {
  console.log('Installing packages (npm ci) …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Builds the screens of a room with Vite when one of their sources is newer than what was built. */
function buildScreens(room, built, sources, what) {
  const index = join(root, room, ...built, 'index.html')
  const newest = Math.max(...sources.map((source) => newestChange(join(root, source))))
  if (existsSync(index) && statSync(index).mtimeMs >= newest) return
  console.log(`Building ${what} (vite build) …`)
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  run(node, [vite, 'build', join(root, room), '--logLevel', 'warn'])
}

const node = join(root, 'node_modules', '.bin', 'node')

if (process.argv.includes('--ui')) {
  const kiosk = [
    'kiosk/ui',
    'kiosk/index.html',
    'kiosk/vite.config.ts',
    'kiosk/src/contract',
    'package-lock.json',
  ]
  buildScreens('kiosk', ['dist', 'ui'], kiosk, 'the kiosk screens')
  const board = [
    'board/ui',
    'board/src',
    'board/index.html',
    'board/vite.config.ts',
    'protocol/src',
    'package-lock.json',
  ]
  buildScreens('board', ['dist'], board, 'the public page')
  run(node, [join(root, 'scripts', 'speech-clips.mjs'), '--if-possible'])
}
