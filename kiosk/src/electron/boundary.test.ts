import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'
import { expect, test } from 'vitest'

const KIOSK = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** Whether a module loads electron when it runs; `import type` leaves nothing behind. */
function importsElectronAtRunTime(source: string, lang: 'ts' | 'tsx'): boolean {
  let found = false
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const n = node as Record<string, unknown> & {
      source?: { value?: unknown }
      arguments?: { value?: unknown }[]
    }
    const typeOnly = n.importKind === 'type' || n.exportKind === 'type'
    if (!typeOnly && /Import|Export/.test(String(n.type)) && n.source?.value === 'electron') found = true
    const callee = n.callee as { name?: string } | undefined
    if (callee?.name === 'require' && n.arguments?.[0]?.value === 'electron') found = true
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(source, { lang }))
  return found
}

test('the check itself tells run-time imports from type imports', () => {
  expect(importsElectronAtRunTime(`import { app } from 'electron'`, 'ts')).toBe(true)
  expect(importsElectronAtRunTime(`await import('electron')`, 'ts')).toBe(true)
  expect(importsElectronAtRunTime(`const e = require('electron')`, 'ts')).toBe(true)
  expect(importsElectronAtRunTime(`import type { App } from 'electron'`, 'ts')).toBe(false)
})

test('only *.main.ts files in kiosk/src/electron import electron at run time', () => {
  const importing = [join(KIOSK, 'src'), join(KIOSK, 'ui')]
    .flatMap(sources)
    .filter((file) => importsElectronAtRunTime(readFileSync(file, 'utf8'), file.endsWith('x') ? 'tsx' : 'ts'))
    .map((file) => file.slice(KIOSK.length + 1))
  expect(importing).toEqual(['src/electron/index.main.ts'])
})
