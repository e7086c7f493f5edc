import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { electronBinary } from './electron-binary.ts'
import { ROOT, UI_FOLDER } from './paths.ts'

/** Two seconds; the gallery is not part of what a kiosk gets, so `vite build kiosk` leaves it out. */
function buildGallery(): void {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const options = [
    '--config',
    join(ROOT, 'kiosk', 'vite.config.ts'),
    '--mode',
    'gallery',
    '--logLevel',
    'warn',
  ]
  execFileSync(process.execPath, [vite, 'build', join(ROOT, 'kiosk', 'gallery'), ...options], {
    stdio: 'inherit',
  })
}

/** Says at once what would otherwise fail in every spec, and what cannot run here. */
export default function globalSetup(): void {
  if (!existsSync(join(UI_FOLDER, 'index.html'))) {
    throw new Error('The kiosk screens are not built. Run: node_modules/.bin/vite build kiosk')
  }
  buildGallery()
  // A fresh build of the screens has no voice; clips that were made before are only put back.
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'speech-clips.mjs')], { stdio: 'inherit' })
  if (electronBinary() === null) {
    console.log(
      'The Electron specs do not run: the Electron binary is not installed (node_modules/electron/dist).',
    )
  }
}
