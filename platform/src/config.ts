import { readFile } from 'node:fs/promises'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { parse as parseToml, TomlError } from 'smol-toml'
import type { z } from 'zod'

export type ConfigError = 'config-missing' | 'config-malformed' | 'config-invalid'

export interface ConfigSource<T> {
  readonly path: string
  readonly schema: z.ZodType<T>
  /**
   * Variables that start with this (`HANPYO_BRIDGE_`) override the file: the rest of the name is the path, levels
   * joined by `__`, words by `_`. `HANPYO_BRIDGE_HTTP__MAX_BODY_BYTES=100` sets `http.maxBodyBytes`.
   */
  readonly envPrefix?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Reads a TOML file, applies overrides, checks the result. The detail of an error is meant for a person. */
export async function loadConfig<T>(source: ConfigSource<T>): Promise<Result<T, ConfigError>> {
  const { path, schema, envPrefix, env = process.env } = source
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return err('config-missing', `${path} does not exist`)
    throw error
  }
  let tree: Record<string, unknown>
  try {
    tree = parseToml(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    return err('config-malformed', `${path}:${error.line}:${error.column}: ${error.message.split('\n')[0]}`)
  }
  if (envPrefix !== undefined) applyOverrides(tree, envPrefix, env)
  const checked = schema.safeParse(tree)
  return checked.success ? ok(checked.data) : err('config-invalid', describeIssues(path, checked.error))
}

/** One line per problem: `kiosk.toml: wifi.url: Invalid input: expected string, received undefined`. */
function describeIssues(path: string, error: z.ZodError): string {
  return error.issues
    .map((issue) => `${path}: ${issue.path.join('.') || '(file)'}: ${issue.message}`)
    .join('\n')
}

function applyOverrides(
  tree: Record<string, unknown>,
  prefix: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || text === undefined) continue
    const keys = name.slice(prefix.length).split('__').map(camelCase)
    const last = keys.pop()
    if (last === undefined || last === '') continue
    let table = tree
    for (const key of keys) {
      if (!isTable(table[key])) table[key] = {}
      table = table[key] as Record<string, unknown>
    }
    table[last] = overrideValue(text)
  }
}

/** Numbers, booleans and lists as TOML reads them; everything else is a string as it stands. */
function overrideValue(text: string): unknown {
  try {
    return parseToml(`value = ${text}`).value
  } catch {
    return text
  }
}

function camelCase(words: string): string {
  return words.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
