import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/**
 * `vite build board` builds the public page into board/dist. Its paths are relative, so that any web server can hold it below any
 * folder. Nothing is inlined: the content security policy of the page forbids it.
 */
export default defineConfig({
  root: dirname(fileURLToPath(import.meta.url)),
  base: './',
  // Two threads of their own: one reads, one does the proofs.
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome111', 'firefox114', 'safari16.4'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
