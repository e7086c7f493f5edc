import { expect, test } from 'vitest'
import { createLogger, type LogLevel } from './logger.ts'

function capture(options: { level?: LogLevel; timestamps?: boolean } = {}) {
  const lines: string[] = []
  const log = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) }, ...options })
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> }
}

test('a line has level, room, event and fields', () => {
  const { log, last } = capture()
  log.child({ kiosk: 7 }).warn('modem-rebooted', { attempts: 2 })
  expect(last()).toMatchObject({
    level: 'warn',
    name: 'test',
    event: 'modem-rebooted',
    kiosk: 7,
    attempts: 2,
  })
  expect(last().time).toMatch(/^\d{4}-/)
})

test('time can be left out, where it could be tied to a person', () => {
  const { log, last } = capture({ timestamps: false })
  log.info('ballot-stored')
  expect(last()).toEqual({ level: 'info', name: 'test', event: 'ballot-stored' })
})

test('lines below the level are not written', () => {
  const { log, lines } = capture({ level: 'warn' })
  log.info('quiet')
  log.debug('quieter')
  expect(lines).toEqual([])
})

test.each([
  'seed',
  'deviceSecret',
  'privateKey',
  'password',
  'token',
  'appKey',
  'choice',
  'choices',
  'selection',
  'plaintext',
  'slip',
  'slipNumber',
  'credentialIndex',
  'ballotId',
  'tracker',
  'randomness',
  'authorization',
])('the field "%s" never reaches the log, however deep', (field) => {
  const { log, lines } = capture()
  log.info('x', { [field]: 'VERYSECRET', nested: [{ [field]: 'VERYSECRET' }] })
  log.child({ [field]: 'VERYSECRET' }).info('y')
  log.info('z', { error: new Error('outer', { cause: { [field]: 'VERYSECRET' } }) })
  expect(lines.join('')).not.toContain('VERYSECRET')
  expect(lines).toHaveLength(3)
})

test.each([
  ['-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----', 'MIGHAgEA'],
  ['PRIVATE+KEY+example.org/log+0a1b2c3d+AfSECRETSECRET', 'SECRETSECRET'],
  ['sent AT+APPKEY=00112233445566778899AABBCCDDEEFF', '00112233'],
  ['AT+KEY=APPKEY,"00112233445566778899AABBCCDDEEFF"', '00112233'],
  ['scanned HP10123456789ABCDEFGHJKMNPQRSTV', '0123456789'],
])('key material inside a text is cut out: %s', (text, secret) => {
  const { log, lines } = capture()
  log.info('x', { text, error: new Error(text) })
  expect(lines.join('')).not.toContain(secret)
})

test('bytes are only counted', () => {
  const { log, last } = capture()
  log.info('x', { payload: new Uint8Array(213).fill(0x41) })
  expect(last().payload).toBe('[213 bytes]')
})

test('counts and states about secret things may be logged', () => {
  const { log, last } = capture()
  log.info('x', { credentialCount: 60, ballotIdLength: 32, slipState: 'unlisted', hasToken: true })
  expect(last()).toMatchObject({
    credentialCount: 60,
    ballotIdLength: 32,
    slipState: 'unlisted',
    hasToken: true,
  })
})

test('errors keep name, code, message and cause', () => {
  const { log, last } = capture()
  const cause = Object.assign(new Error('inner'), { code: 'ENOSPC' })
  log.error('x', { error: new TypeError('outer', { cause }) })
  expect(last().error).toMatchObject({
    name: 'TypeError',
    message: 'outer',
    cause: { code: 'ENOSPC', message: 'inner' },
  })
})

test('circular and strange values do not break logging', () => {
  const { log, lines } = capture()
  const circle: Record<string, unknown> = { big: 10n, nothing: undefined }
  circle.self = circle
  log.info('x', circle)
  expect(lines).toHaveLength(1)
})
