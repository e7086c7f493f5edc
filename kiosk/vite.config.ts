import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** A list without clips: speech is off until `scripts/speech-clips.mjs` has made some and replaced it. */
const noSpeechYet: Plugin = {
  name: 'no-speech-yet',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'speech/index.json', source: '{"ko":{},"en":{}}\n' })
  },
}

const here = dirname(fileURLToPath(import.meta.url))

/**
 * `vite build kiosk` builds the screens into kiosk/dist/ui; `vite build kiosk --mode shell` bundles the Electron
 * shell into kiosk/dist/shell, because Node does not strip types inside a package; `npm run kiosk:gallery` shows every screen in
 * every look, and the specs look at what the same mode builds into kiosk/dist/gallery.
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
    : mode === 'gallery'
      ? {
          root: join(here, 'gallery'),
          base: './',
          build: {
            outDir: join(here, 'dist/gallery'),
            emptyOutDir: true,
            target: 'chrome130',
            assetsInlineLimit: 0,
            rolldownOptions: {
              input: ['index.html', 'stage.html'].map((name) => join(here, 'gallery', name)),
            },
          },
        }
      : {
          root: here,
          base: '/',
          plugins: [noSpeechYet],
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
