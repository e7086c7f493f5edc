import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type CsvError, type CsvRecord, readCsv } from './csv.ts'

/** One device of a batch. EUIs 16 lower-case hex digits. */
export interface DeviceRow {
  readonly line: number
  readonly kiosk: number
  readonly centre: string
  readonly devEui: string
  readonly joinEui: string | undefined
  readonly description: string
  /** Device URI of its modem, when that is to be programmed too. */
  readonly port: string | undefined
}

export type RowProblemCode =
  | 'kiosk-malformed'
  | 'kiosk-twice'
  | 'kiosk-unknown'
  | 'deveui-malformed'
  | 'deveui-twice'
  | 'joineui-malformed'
  | 'centre-missing'
  | 'centre-unknown'
  | 'centre-of-another'
  | 'port-malformed'
  | 'port-twice'
  | 'fields-missing'

export interface RowProblem {
  readonly line: number
  readonly code: RowProblemCode
  /** What stands there, or where the other one is. */
  readonly detail: string
}

export type DeviceTableError = CsvError | 'csv-empty' | 'csv-header' | 'csv-rows'

export interface DeviceTable {
  readonly rows: readonly DeviceRow[]
  readonly problems: readonly RowProblem[]
}

/** What an election says about its kiosks; undefined where it is not known. */
export interface KnownPlaces {
  readonly centres: readonly string[] | undefined
  /** Centre of each kiosk slot. */
  readonly slots: ReadonlyMap<number, string> | undefined
}

type Column = 'kiosk' | 'centre' | 'devEui' | 'joinEui' | 'description' | 'port'

/** Names a column may have, without spaces, hyphens, underscores and case. */
const COLUMNS: Readonly<Record<Column, readonly string[]>> = {
  kiosk: ['kiosk', 'kioskid', 'id', 'no', '번호', '단말', '단말번호', '키오스크', '키오스크번호'],
  centre: ['centre', 'center', 'place', '센터', '장소', '주민센터', '설치장소', '투표소'],
  devEui: ['deveui', '장치eui', '장치번호', '모뎀번호'],
  joinEui: ['joineui', 'appeui', '조인eui', '가입eui'],
  description: ['description', 'name', 'note', '이름', '설명', '비고', '위치'],
  port: ['port', 'modem', '포트', '모뎀', '모뎀포트'],
}
const NEEDED: readonly Column[] = ['kiosk', 'centre', 'devEui']
const MOST_KIOSKS = 65_535

/** Reads and checks the whole table before anything is done with any row of it. */
export async function readDeviceTable(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  places: KnownPlaces,
): Promise<Result<DeviceTable, DeviceTableError>> {
  let columns: readonly (Column | undefined)[] | undefined
  const rows: DeviceRow[] = []
  const problems: RowProblem[] = []
  const seen = {
    kiosk: new Map<number, number>(),
    devEui: new Map<string, number>(),
    port: new Map<string, number>(),
  }
  for await (const record of readCsv(chunks)) {
    if (!record.ok) return record
    if (columns === undefined) {
      const header = readHeader(record.value.fields)
      if (!header.ok) return header
      columns = header.value
      continue
    }
    const { row, problems: found } = readRow(record.value, columns, places)
    problems.push(...found)
    if (row === undefined) continue
    noteTwice(seen.kiosk, row.kiosk, row.line, 'kiosk-twice', problems)
    noteTwice(seen.devEui, row.devEui, row.line, 'deveui-twice', problems)
    if (row.port !== undefined) noteTwice(seen.port, row.port, row.line, 'port-twice', problems)
    rows.push(row)
  }
  if (columns === undefined || (rows.length === 0 && problems.length === 0)) return err('csv-empty')
  return ok({ rows, problems })
}

function readHeader(fields: readonly string[]): Result<readonly (Column | undefined)[], 'csv-header'> {
  const columns = fields.map((field) => {
    const name = field.toLowerCase().replace(/[\s_-]/g, '')
    return (Object.keys(COLUMNS) as Column[]).find((column) => COLUMNS[column].includes(name))
  })
  const missing = NEEDED.filter((column) => !columns.includes(column))
  if (missing.length > 0) return err('csv-header', `no column ${missing.join(', ')}`)
  const twice = columns.find((column, at) => column !== undefined && columns.indexOf(column) !== at)
  return twice === undefined ? ok(columns) : err('csv-header', `two columns ${twice}`)
}

function readRow(
  { line, fields }: CsvRecord,
  columns: readonly (Column | undefined)[],
  places: KnownPlaces,
): { row: DeviceRow | undefined; problems: RowProblem[] } {
  const problems: RowProblem[] = []
  const complain = (code: RowProblemCode, detail: string) =>
    problems.push({ line, code, detail: shorten(detail) })
  if (fields.length !== columns.length) {
    complain('fields-missing', `${fields.length} of ${columns.length}`)
    return { row: undefined, problems }
  }
  const value = (column: Column) => (fields[columns.indexOf(column)] ?? '').trim()

  const kioskText = value('kiosk')
  const kiosk = Number(kioskText)
  if (!/^[0-9]{1,5}$/.test(kioskText) || kiosk < 1 || kiosk > MOST_KIOSKS)
    complain('kiosk-malformed', kioskText)
  const devEui = parseEui(value('devEui'))
  if (devEui === undefined) complain('deveui-malformed', value('devEui'))
  const joinText = value('joinEui')
  const joinEui = joinText === '' ? undefined : parseEui(joinText)
  if (joinText !== '' && joinEui === undefined) complain('joineui-malformed', joinText)
  const centre = value('centre')
  if (centre === '') complain('centre-missing', '')
  else if (places.centres !== undefined && !places.centres.includes(centre))
    complain('centre-unknown', centre)
  else if (places.slots !== undefined && problems.length === 0) {
    const slot = places.slots.get(kiosk)
    if (slot === undefined) complain('kiosk-unknown', kioskText)
    else if (slot !== centre) complain('centre-of-another', `${centre}, not ${slot}`)
  }
  const port = value('port')
  if (port !== '' && !/^(serial|tcp):\S+$/.test(port)) complain('port-malformed', port)
  if (problems.length > 0 || devEui === undefined) return { row: undefined, problems }
  const row = { line, kiosk, centre, devEui, joinEui, description: value('description') }
  return { row: { ...row, port: port === '' ? undefined : port }, problems }
}

/** 16 hex digits; colons, hyphens and spaces between bytes are allowed. All zeros or ones are no address. */
export function parseEui(text: string): string | undefined {
  const hex = text.replace(/[:\s-]/g, '').toLowerCase()
  return /^[0-9a-f]{16}$/.test(hex) && !/^(?:0{16}|f{16})$/.test(hex) ? hex : undefined
}

function noteTwice<K>(
  seen: Map<K, number>,
  key: K,
  line: number,
  code: RowProblemCode,
  problems: RowProblem[],
): void {
  const first = seen.get(key)
  if (first === undefined) seen.set(key, line)
  else problems.push({ line, code, detail: `${String(key)}, line ${first}` })
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
