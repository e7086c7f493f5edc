// Runs before npm scripts, on any Node ≥ 20.19: installs the packages when they are missing or older than the
// lock file, and with --ui builds the kiosk's screens when their sources changed, with their spoken clips where
// espeak-ng is installed. Plain JavaScript on purpose.
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

if (process.argv.includes('--ui')) {
  const built = join(root, 'kiosk', 'dist', 'ui', 'index.html')
  const sources = [
    'kiosk/ui',
    'kiosk/index.html',
    'kiosk/vite.config.ts',
    'kiosk/src/contract',
    'package-lock.json',
  ]
  const newest = Math.max(...sources.map((source) => newestChange(join(root, source))))
  const node = join(root, 'node_modules', '.bin', 'node')
  if (!existsSync(built) || statSync(built).mtimeMs < newest) {
    console.log('Building the kiosk screens (vite build) …')
    run(node, [
      join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
      'build',
      join(root, 'kiosk'),
      '--logLevel',
      'warn',
    ])
  }
  run(node, [join(root, 'scripts', 'speech-clips.mjs'), '--if-possible'])
}
