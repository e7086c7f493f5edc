/** A value as TOML takes it. */
export type TomlValue = string | number | boolean

/**
 * The text of a TOML file with one table replaced, or put at its end; everything else, comments included, stays as it is. Only
 * for tables with plain values of our own files. Keys that `values` does not name are kept in the table.
 */
export function setTomlTable(
  text: string,
  table: string,
  values: Readonly<Record<string, TomlValue>>,
): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const header = `[${table}]`
  const start = lines.findIndex((line) => line.trim() === header)
  const wanted = Object.entries(values).map(([key, value]) => `${key} = ${format(value)}`)
  if (start === -1) {
    const gap = lines.length === 0 ? [] : ['']
    return `${[...lines, ...gap, header, ...wanted].join('\n')}\n`
  }
  const next = lines.findIndex((line, at) => at > start && /^\s*\[/.test(line))
  const end = next === -1 ? lines.length : next
  const kept = lines.slice(start + 1, end).filter((line) => {
    const key = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1]
    return key === undefined || !Object.hasOwn(values, key)
  })
  while (kept.at(-1)?.trim() === '') kept.pop()
  const rest = lines.slice(end)
  const gap = rest.length === 0 ? [] : ['']
  return `${[...lines.slice(0, start + 1), ...wanted, ...kept, ...gap, ...rest].join('\n')}\n`
}

/** The values of a table as they stand in the text; undefined where there is none. Only plain values. */
export function readTomlValue(text: string, table: string, key: string): string | undefined {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trim() === `[${table}]`)
  if (start === -1) return undefined
  for (const line of lines.slice(start + 1)) {
    if (/^\s*\[/.test(line)) return undefined
    const [, name, value] = /^\s*([A-Za-z0-9_-]+)\s*=\s*(.+?)\s*$/.exec(line) ?? []
    if (name === key && value !== undefined) return unquote(value)
  }
  return undefined
}

function unquote(value: string): string {
  try {
    return value.startsWith('"') ? String(JSON.parse(value)) : value
  } catch {
    return value
  }
}

/** A basic string: TOML's escapes are those of JSON, and DEL besides. */
function format(value: TomlValue): string {
  return typeof value === 'string' ? JSON.stringify(value).replaceAll('\x7f', '\\u007F') : String(value)
}
