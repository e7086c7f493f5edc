import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'
import { expect, test } from 'vitest'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const NODE_ROOMS = [
  'devices',
  'kiosk',
  'gateway-bridge',
  'firmware-sim',
  'provisioning',
  'authority',
  'verifier',
]
const ROOMS = ['protocol', 'platform', ...NODE_ROOMS, 'board', 'cli', 'tests', 'bench']

/** docs/architecture.md: which room may import which. */
const ARROWS: Record<string, readonly string[]> = {
  protocol: [],
  platform: ['protocol'],
  board: ['protocol'],
  ...Object.fromEntries(NODE_ROOMS.map((room) => [room, ['protocol', 'platform']])),
  kiosk: ['protocol', 'platform', 'devices'],
  provisioning: ['protocol', 'platform', 'devices'],
  cli: ROOMS,
  tests: ROOMS,
  bench: ROOMS,
}

/** Folders without exports of their own that tests read: scripts, the texts of the kiosk's screens, and their gallery. */
const OPEN_TO_TESTS = ['scripts', 'kiosk/ui', 'kiosk/gallery', 'board/ui']

/** What `platform` may take from `protocol`: bytes and arithmetic, nothing about voting. */
const PLATFORM_MAY_IMPORT = /^@hanpyo\/protocol\/(result|bytes|hash|json|group\/[a-z0-9-]+)\.ts$/
/** The simulator plays bytes, not ballots; when a kiosk may send is a matter of clocks. */
const FIRMWARE_SIM_MAY_IMPORT = /^@hanpyo\/protocol\/(result|bytes|hash|json|link\/slots)\.ts$/

const IMPORTING_NODES = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]

interface Import {
  readonly file: string
  readonly specifier: string
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'assembly'].includes(entry.name) ? [] : sourceFiles(path)
    return /\.(ts|tsx)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

function specifiersIn(source: string, lang: 'ts' | 'tsx'): string[] {
  const found: string[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, source } = node as { type?: string; source?: { value?: unknown } }
    if (type !== undefined && IMPORTING_NODES.includes(type) && typeof source?.value === 'string') {
      found.push(source.value)
    }
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(source, { lang }))
  return found
}

function importsOf(file: string): Import[] {
  const specifiers = specifiersIn(readFileSync(file, 'utf8'), file.endsWith('x') ? 'tsx' : 'ts')
  return specifiers.map((specifier) => ({ file: relative(ROOT, file), specifier }))
}

function importsOfRoom(room: string): Import[] {
  const folder = join(ROOT, room)
  return statSync(folder, { throwIfNoEntry: false }) === undefined
    ? []
    : sourceFiles(folder).flatMap(importsOf)
}

function forbidden(room: string, { file, specifier }: Import): boolean {
  if (specifier.startsWith('.')) {
    const target = resolve(ROOT, dirname(file), specifier)
    if (room === 'tests' && OPEN_TO_TESTS.some((folder) => target.startsWith(join(ROOT, folder))))
      return false
    return relative(join(ROOT, room), target).startsWith('..')
  }
  const target = /^@hanpyo\/([^/]+)\//.exec(specifier)?.[1]
  if (target === undefined || target === room) return false
  if (!(ARROWS[room] as readonly string[]).includes(target)) return true
  const inTest = /\.test\.ts$|\/testing\//.test(file)
  if (target !== 'protocol' || inTest) return false
  if (room === 'platform') return !PLATFORM_MAY_IMPORT.test(specifier)
  if (room === 'firmware-sim') return !FIRMWARE_SIM_MAY_IMPORT.test(specifier)
  return false
}

test.each(ROOMS)('%s imports only what the arrows allow, types included', (room) => {
  const wrong = importsOfRoom(room).filter((one) => forbidden(room, one))
  expect(wrong).toEqual([])
})

test('the parser sees type imports too, so that the arrows cannot be walked around', () => {
  const source = `
    import type { A } from 'a'
    import { type B } from 'b'
    export type { C } from 'c'
    export * from 'd'
    const e = await import('e')
    type F = import('f').F`
  expect(specifiersIn(source, 'ts')).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test('protocol uses no Node module', () => {
  const wrong = importsOfRoom('protocol').filter(
    ({ file, specifier }) => specifier.startsWith('node:') && !file.endsWith('.test.ts'),
  )
  expect(wrong).toEqual([])
})
