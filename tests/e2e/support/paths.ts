import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
/** The built screens; `vite build kiosk` makes them. */
export const UI_FOLDER = join(ROOT, 'kiosk', 'dist', 'ui')
/** The built gallery of screens; the global set-up makes it. */
export const GALLERY_FOLDER = join(ROOT, 'kiosk', 'dist', 'gallery')
/** The built public page; `vite build board` makes it. */
export const BOARD_FOLDER = join(ROOT, 'board', 'dist')
