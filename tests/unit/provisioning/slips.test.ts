import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commands as authorityCommands } from '@hanpyo/authority/commands.ts'
import { createSmallElection, type SmallElection } from '@hanpyo/authority/testing/small-election.ts'
import { signSlipAllocation, slipAllocationSchema } from '@hanpyo/protocol/election/slip-allocation.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { PROVISION_ERRORS, type ProvisionError } from '@hanpyo/provisioning/frame/errors.ts'
import { nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { kioskCommands } from '@hanpyo/provisioning/kiosk/commands.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findCommand } from './desk-bench.ts'

let small: SmallElection
let dir: string
let centre: string
let other: string

beforeAll(async () => {
  small = await createSmallElection({ slips: 40, testSlips: 4 })
  const { kioskSlots } = small.election.manifest
  centre = kioskSlots[0]?.centre ?? ''
  other = kioskSlots.find((slot) => slot.centre !== centre)?.centre ?? ''
  dir = join(small.folder, '..', 'device')
  await mkdir(join(dir, 'election'), { recursive: true })
  await cp(join(small.folder, 'manifest.note'), join(dir, 'election', 'manifest.note'))
  const place = { orientation: 'portrait', pxPerMm: 4, state: 'active' }
  const device = { version: 1, id: kioskSlots[0]?.id, centre, name: 'n', ...place }
  await writeFile(join(dir, 'device.json'), JSON.stringify(device))
})
afterAll(() => small.remove())

async function run(line: string) {
  const commands = [...authorityCommands, ...kioskCommands(() => ({ ...nodePorts(), run: async () => null }))]
  const command = findCommand(commands, line)
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const io = { stdout: print, stderr: print, env: {}, cwd: small.folder }
  const code = await command.run(line.split(' ').slice(command.name.split(' ').length), io)
  return { code, printed: printed.join('\n') }
}
const allocate = (of: string, rest: string) => run(`election slips allocate --centre ${of} ${rest}`)
const take = (file: string) => run(`provision slips import ${file} --dir ${dir} --yes`)
const refusal = (error: ProvisionError) => ({
  code: PROVISION_ERRORS[error].exit,
  printed: expect.stringContaining(PROVISION_ERRORS[error].happened.en),
})

test('the slips of the centre come to its kiosk as the registrar signed them, once, and a newer note takes their place', async () => {
  await allocate(centre, '--envelopes 1-2 --slips 5 --out first.note')
  expect(await take('first.note')).toMatchObject({
    code: 0,
    printed: expect.stringContaining('10 slips in envelopes 1-2, revision 1'),
  })
  const held = () => readFile(join(dir, 'slips.note'), 'utf8')
  const first = await held()
  expect(first).toBe(await readFile(join(small.folder, 'first.note'), 'utf8'))
  expect((await take('first.note')).code).toBe(0)
  await allocate(centre, '--envelopes 7 --slips 4 --out second.note')
  expect(await take('second.note')).toMatchObject({ code: 0, printed: expect.stringContaining('14 slips') })
  expect(await take('first.note')).toMatchObject(refusal('slips-older'))
  expect(await held()).not.toBe(first)
  await run(`provision report --dir ${dir} --yes`)
  const report = JSON.parse(await readFile(join(dir, 'provision-report.json'), 'utf8'))
  expect(report.slips).toEqual({ slips: 14, envelopes: ['1-2', '7'], revision: 2 })
})

test('slips of another centre, of nobody, changed, or signed by anybody else are refused, and what is held stays', async () => {
  const held = await readFile(join(dir, 'slips.note'), 'utf8')
  await allocate(other, '--envelopes 20 --slips 2 --out other.note')
  expect(await take('other.note')).toMatchObject(refusal('slips-other-election'))
  expect(await take('none.note')).toMatchObject(refusal('slips-missing'))
  await writeFile(join(small.folder, 'noise.note'), 'noise')
  expect(await take('noise.note')).toMatchObject(refusal('slips-malformed'))
  const note = await readFile(join(small.folder, 'second.note'), 'utf8')
  await writeFile(join(small.folder, 'changed.note'), note.replace('"slips":4', '"slips":5'))
  expect(await take('changed.note')).toMatchObject(refusal('slips-signature'))
  const allocation = slipAllocationSchema.parse(JSON.parse(expectOk(parseNote(note)).text))
  const sign = async (change: object, name: string, seed: Uint8Array) => {
    const made = { ...allocation, revision: 9, ...change }
    const text = signSlipAllocation({ ed25519: small.backend.ed25519, name, seed, allocation: made })
    await writeFile(join(small.folder, 'made.note'), text)
    return take('made.note')
  }
  const registrar = `${allocation.election}/registrar`
  expect(await sign({}, registrar, new Uint8Array(32).fill(9))).toMatchObject(refusal('slips-signature'))
  const { seed } = small.election.roleKeys.registrar
  expect(await sign({ manifest: '0'.repeat(64) }, registrar, seed)).toMatchObject(
    refusal('slips-other-election'),
  )
  const twice = [...allocation.envelopes, { first: 2, last: 3, slips: 1, style: 1 }]
  expect(await sign({ envelopes: twice }, registrar, seed)).toMatchObject(refusal('slips-impossible'))
  expect(await readFile(join(dir, 'slips.note'), 'utf8')).toBe(held)
})
