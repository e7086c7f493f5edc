import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { FUSE_POLICY } from './fuse-policy.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
// app-builder-lib exports no such path; the file inside the package is named directly.
const require = createRequire(import.meta.url)
const { validateConfiguration } = require(
  join(ROOT, 'node_modules/app-builder-lib/out/util/config/config.js'),
) as typeof import('app-builder-lib/out/util/config/config.js')
const { DebugLogger } = require(
  join(ROOT, 'node_modules/builder-util/out/util.js'),
) as typeof import('builder-util')

const schema = require(join(ROOT, 'node_modules/app-builder-lib/scheme.json')) as { definitions: unknown }

type Configuration = Parameters<typeof validateConfiguration>[0]

const configuration = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as Configuration

test("electron-builder's own validator accepts the file", async () => {
  await expect(validateConfiguration(configuration, new DebugLogger(false))).resolves.toBeUndefined()
})

test('the validator would notice a misspelt option', async () => {
  const misspelt = { ...configuration, npmRebuilt: false } as Configuration
  await expect(validateConfiguration(misspelt, new DebugLogger(false))).rejects.toThrow('npmRebuilt')
})

test('the fuses are those of the policy', () => {
  expect(configuration.electronFuses).toEqual(FUSE_POLICY)
})

test('the policy decides on every fuse that electron-builder can flip', () => {
  const { properties } = (schema.definitions as Record<string, { properties: object }>).FuseOptionsV1 ?? {}
  const fuses = Object.keys(properties ?? {}).filter((name) => name !== 'resetAdHocDarwinSignature')
  expect(Object.keys(FUSE_POLICY).sort()).toEqual(fuses.sort())
})

test('the package is an asar in a deb, builds nothing native and publishes nothing', () => {
  expect(configuration.asar).toBe(true)
  expect(configuration.npmRebuild).toBe(false)
  expect(configuration.publish).toBeNull()
  expect(configuration.linux?.target).toEqual([{ target: 'deb', arch: ['x64', 'arm64'] }])
})

test('only the bundled shell goes into the package: no source, no key, no screen', () => {
  expect(configuration.files).toEqual(['!**/*', 'package.json', 'kiosk/dist/shell/**'])
  expect(configuration.extraMetadata).toEqual({ main: 'kiosk/dist/shell/index.js' })
})
