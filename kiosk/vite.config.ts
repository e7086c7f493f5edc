import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * `vite build kiosk` builds the screens into kiosk/dist/ui; `vite build kiosk --mode shell` bundles the Electron
 * shell into kiosk/dist/shell, because Node does not strip types inside a package.
 */
export default defineConfig(({ mode }) =>
  mode === 'shell'
    ? {
        root: here,
        build: {
          outDir: 'dist/shell',
          emptyOutDir: true,
          target: 'node24',
          ssr: join(here, 'src/electron/index.main.ts'),
          rolldownOptions: { external: ['electron'], output: { entryFileNames: 'index.js' } },
        },
        ssr: { noExternal: true, external: ['electron'] },
      }
    : {
        root: here,
        base: '/',
        build: {
          outDir: 'dist/ui',
          emptyOutDir: true,
          target: 'chrome130',
          // The content security policy forbids inline code and data: fonts, so nothing is inlined.
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
        },
      },
)
