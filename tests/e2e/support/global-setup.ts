import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { electronBinary } from './electron-binary.ts'
import { UI_FOLDER } from './paths.ts'

/** Says at once what would otherwise fail in every spec, and what cannot run here. */
export default function globalSetup(): void {
  if (!existsSync(join(UI_FOLDER, 'index.html'))) {
    throw new Error('The kiosk screens are not built. Run: node_modules/.bin/vite build kiosk')
  }
  if (electronBinary() === null) {
    console.log(
      'The Electron specs do not run: the Electron binary is not installed (node_modules/electron/dist).',
    )
  }
}
