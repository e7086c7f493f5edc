import { createPrivateKey } from 'node:crypto'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readDeviceKeys } from '@hanpyo/kiosk/device-keys.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import {
  certificateSha256,
  createCa,
  isClientCertificate,
  issueServerCertificate,
  signCertificateRequest,
} from '@hanpyo/platform/x509.ts'
import { fromBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { EnrolmentRequest } from '@hanpyo/protocol/election/enrolment.ts'
import { provePossession } from '@hanpyo/protocol/election/key-possession.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { expectOk, ok } from '@hanpyo/protocol/result.ts'
import { deviceFolder } from '@hanpyo/provisioning/frame/device-folder.ts'
import { nodeFiles, nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { keyOwnerStep } from '@hanpyo/provisioning/identity/keygen-steps.ts'
import { deviceStatus } from '@hanpyo/provisioning/identity/status-command.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DeskBench, filesUnder, initLine, openDeskBench } from './desk-bench.ts'

let bench: DeskBench
let dir: string
/** Of the device authority and its CA, before they are sealed. */
let deskSecrets: string[]
beforeAll(async () => {
  bench = await openDeskBench()
  dir = await bench.enrol(1)
  const desk = async (name: string) =>
    JSON.parse(await readFile(join(bench.small.folder, 'secret/keys', name), 'utf8')) as Record<
      string,
      string
    >
  const { key } = await desk('device-ca.json')
  const { skey } = await desk('devices.json')
  deskSecrets = [skey!, skey!.split('+').slice(4).join('+'), ...traces(key!)]
})
afterAll(() => bench.small.remove())

test('a device is enrolled with files alone, and every command run again changes nothing', async () => {
  const before = await filesUnder(bench.small.folder)
  expect(await bench.enrol(1)).toBe(dir)
  expect(await filesUnder(bench.small.folder)).toEqual(before)
  expect(await deviceStatus(nodeFiles, dir)).toMatchObject({
    kiosk: 1,
    state: 'certified',
    keys: 'plain',
    open: '',
  })
})

test('a name that would break lines of a label or a file is refused, and so are PCRs that are none', async () => {
  const odd = join(bench.small.folder, 'odd')
  const line = `provision init --id 1 --centre c --px-per-mm 4 --dir ${odd} --name a\nb`
  expect((await bench.run(line)).err).toContain('answer-invalid')
  await expect(bench.run(`provision keygen --dir ${dir} --pcrs sha1:0`)).rejects.toThrow('--pcrs')
})

test('a dry run shows what an import would store, and stores nothing', async () => {
  await rm(join(dir, 'cert'), { recursive: true })
  const line = `provision enrol import --dir ${dir} --from ${dir}/stick --election ${bench.small.folder}`
  const { out } = await bench.run(`${line} --dry-run --json`)
  expect(JSON.parse(out.split('\n')[0]!)).toMatchObject({ step: 'enrol-import', state: 'would-change' })
  expect(await deviceStatus(nodeFiles, dir)).toMatchObject({ state: 'requested' })
  await bench.must(line)
})

test('a certificate of another key, of another authority or not yet valid is refused with its reason', async () => {
  const other = await bench.enrol(2)
  const stick = join(bench.small.folder, 'mixed')
  const bring = async (name: string, from: string, as = name) => {
    await nodeFiles.makeFolder(stick)
    await copyFile(join(from, name), join(stick, as))
  }
  const import_ = (ports = {}) =>
    bench.run(`provision enrol import --dir ${dir} --from ${stick} --election ${bench.small.folder}`, ports)
  expect(await import_()).toMatchObject({ code: 23, err: expect.stringContaining('certificate-missing') })
  for (const name of ['kiosk-1.crt.pem', 'ca.crt.pem', 'kiosk-1.enrol.note'])
    await bring(name, `${dir}/stick`)
  const day = 86_400_000
  for (const [startMs, error] of [
    [Date.now() - day, 'clock-off'],
    [Date.now() + 1000 * day, 'certificate-expired'],
    [Date.now() - 3_600_000 - 300_000, ''],
  ] as const) {
    const { err } = await import_({ clock: createVirtualClock({ startMs }) })
    expect(err).toContain(error)
    expect(err === '').toBe(error === '')
  }
  await bring('kiosk-2.crt.pem', `${other}/stick`, 'kiosk-1.crt.pem')
  expect((await import_()).err).toContain('certificate-of-another-kiosk')
  await bring('kiosk-1.crt.pem', `${dir}/stick`)
  await bring('kiosk-2.enrol.note', `${other}/stick`, 'kiosk-1.enrol.note')
  expect((await import_()).err).toContain('enrolment-record-wrong')
  await bring('kiosk-1.enrol.note', `${dir}/stick`)
  const fresh = join(bench.small.folder, 'fresh')
  await bench.must(initLine(fresh, 1))
  await bench.must(`provision keygen --dir ${fresh} --seal none`)
  const { err } = await bench.run(
    `provision enrol import --dir ${fresh} --from ${stick} --election ${bench.small.folder}`,
  )
  expect(err).toContain('certificate-of-another-key')
  expect(err).toContain('The device folder is as it was')
})

test('a slot somebody holds is refused; replace revokes the old device and enrols the new one', async () => {
  const fresh = join(bench.small.folder, 'new-2')
  await bench.must(initLine(fresh, 2))
  await bench.must(`provision keygen --dir ${fresh} --seal none`)
  expect((await bench.run(`provision enrol request --dir ${fresh} --out ${fresh}/stick`)).err).toContain(
    'disk-failed',
  )
  await nodeFiles.makeFolder(join(fresh, 'stick'))
  await bench.must(`provision enrol request --dir ${fresh} --out ${fresh}/stick`)
  const of = `--kiosk 2 --request ${fresh}/stick/kiosk-2.request.json --out ${fresh}/stick`
  expect((await bench.run(`provision enrol sign ${of}`)).err).toContain('slot-occupied')
  expect((await bench.run(`provision replace ${of}`)).err).toContain('not-confirmed')
  await bench.must(`provision replace ${of} --yes`)
  await bench.must(
    `provision enrol import --dir ${fresh} --from ${fresh}/stick --election ${bench.small.folder}`,
  )
  expect(await readFile(join(fresh, 'stick/kiosk-2.revoke.note'), 'utf8')).toContain('"action":"revoke"')
  const issued = JSON.parse(await readFile(join(bench.small.folder, 'devices/certificates.json'), 'utf8'))
  const second = issued.filter(({ kiosk }: { kiosk: number }) => kiosk === 2)
  expect(second.map(({ revokedAt }: { revokedAt?: number }) => revokedAt !== undefined)).toEqual([
    true,
    false,
  ])
  await bench.must(`provision replace ${of} --yes`)
})

test('a certificate that is for servers, or of a CA that is not the election’s, is not taken in', async () => {
  const stick = join(bench.small.folder, 'rogue')
  await nodeFiles.makeFolder(stick)
  for (const name of ['kiosk-1.crt.pem', 'ca.crt.pem', 'kiosk-1.enrol.note'])
    await copyFile(join(dir, 'stick', name), join(stick, name))
  const request = JSON.parse(await readFile(join(dir, 'keys/request.json'), 'utf8')) as EnrolmentRequest
  const ca = await createCa({ name: 'Another CA' })
  const cert = expectOk(
    await signCertificateRequest({ ca, cn: '1', request: request.certificateRequest ?? '' }),
  )
  await writeFile(join(stick, 'ca.crt.pem'), ca.cert)
  await writeFile(join(stick, 'kiosk-1.crt.pem'), cert)
  const line = `provision enrol import --dir ${dir} --from ${stick} --dry-run`
  expect((await bench.run(`${line} --election ${bench.small.folder}`)).err).toContain('certificate-chain')
  const pinned = certificateSha256(await readFile(join(dir, 'stick/ca.crt.pem'), 'utf8'))
  expect((await bench.run(`${line} --ca ${pinned}`)).err).toContain('certificate-chain')
  expect((await bench.run(`${line} --ca ${certificateSha256(ca.cert)}`)).code).toBe(0)
  await expect(bench.run(line)).rejects.toThrow('--ca')
  await expect(bench.run(`${line} --ca 1234`)).rejects.toThrow('--ca')
  expect(isClientCertificate(cert)).toBe(true)
  expect(isClientCertificate((await issueServerCertificate({ ca })).cert)).toBe(false)
  expect(isClientCertificate(ca.cert)).toBe(false)
})

test('keys that were revoked are never admitted again, nor into another slot', async () => {
  const [old, root] = [join(bench.small.folder, 'gone'), bench.small.folder]
  await bench.must('provision revoke --kiosk 2 --yes')
  await bench.must(initLine(old, 2))
  await bench.must(`provision keygen --dir ${old} --seal none`)
  await nodeFiles.makeFolder(join(old, 'stick'))
  await bench.must(`provision enrol request --dir ${old} --out ${old}/stick`)
  const request = `${old}/stick/kiosk-2.request.json`
  const sign = (kiosk: number, path: string) =>
    bench.run(`provision enrol sign --kiosk ${kiosk} --request ${path} --out ${old}/stick`)
  expect(await sign(2, request)).toMatchObject({ code: 0 })
  const moved = JSON.parse(await readFile(request, 'utf8')) as Record<string, unknown>
  const { certificateRequest: _, proof: __, ...keys } = moved as unknown as EnrolmentRequest
  const claim = { ...keys, kiosk: 1 }
  await writeFile(join(old, 'moved.json'), JSON.stringify({ ...claim, proof: moved.proof }))
  expect((await sign(1, join(old, 'moved.json'))).err).toContain('request-unproven')
  const secrets = expectOk(await readDeviceKeys(join(old, 'keys/device.json')))
  const proof = provePossession(claim, secrets, { ed25519: nobleEd25519, random: nodeRandom })
  await writeFile(join(old, 'moved.json'), JSON.stringify({ ...claim, proof }))
  expect((await sign(1, join(old, 'moved.json'))).err).toContain('request-key-used')
  expect((await deviceStatus(nodeFiles, old, root)).state).toBe('requested')
  expect((await deviceStatus(nodeFiles, dir)).state).not.toBe('revoked')
  await bench.must(`provision revoke --kiosk 2 --yes --dir ${dir}`)
  expect((await deviceStatus(nodeFiles, dir)).state).not.toBe('revoked')
  expect((await deviceStatus(nodeFiles, old, root)).state).toBe('revoked')
  expect((await deviceStatus(nodeFiles, old)).state).toBe('requested')
  await bench.must(`provision revoke --kiosk 2 --yes --dir ${old}`)
  expect((await deviceStatus(nodeFiles, old)).state).toBe('revoked')
  expect((await sign(2, request)).err).toContain('request-key-used')
  const replace = `provision replace --kiosk 2 --request ${request} --out ${old}/stick --yes`
  expect((await bench.run(replace)).err).toContain('request-key-used')
  expect(await nodeFiles.read(join(root, 'devices/kiosk-2.revoke.note'))).not.toBeNull()
})

test('more than five devices at once need two technicians with valid certificates', async () => {
  const root = bench.small.folder
  const person = async (id: string, days = 90, more = '') => {
    const folder = join(root, `tech-${id}`)
    await bench.must(`provision technician new --id ${id} --technician ${folder}`)
    await bench.must(
      `provision technician certify --request ${folder}/technician-request.json --out ${folder} --days ${days}${more}`,
    )
    return folder
  }
  const [kim, lee, old] = [
    await person('kim'),
    await person('lee'),
    await person('old', 1, ' --at 2026-01-01T00:00:00Z'),
  ]
  const six = '1,2,3,4,5,6'
  const agree = (folder: string, kiosks: string, out: string) =>
    bench.run(`provision approve --kiosks ${kiosks} --technician ${folder} --out ${root}/${out}`)
  await agree(kim, six, 'kim.json')
  await agree(lee, six, 'lee.json')
  await agree(lee, '1,2,3,4,5,7', 'other.json')
  expect(await agree(old, six, 'old.json')).toMatchObject({
    code: 28,
    err: expect.stringContaining('technician-expired'),
  })
  const revoke = (approvals: string[]) =>
    bench.run(
      `provision revoke --kiosks ${six} --yes --dry-run ${approvals.map((a) => `--approval ${a}`).join(' ')}`.trim(),
    )
  expect((await revoke([])).err).toContain('two-people-needed')
  expect((await revoke(['kim.json', 'kim.json'])).err).toContain('two-people-needed')
  expect((await revoke(['kim.json', 'other.json'])).err).toContain('approval-wrong')
  const forged = (await readFile(join(root, 'lee.json'), 'utf8')).replace(
    /technician\/lee/g,
    'technician/kim',
  )
  await writeFile(join(root, 'forged.json'), forged)
  expect((await revoke(['kim.json', 'forged.json'])).err).toContain('approval-wrong')
  const late = `provision revoke --kiosks ${six} --yes --dry-run --at 2026-01-01T12:00:00Z --approval kim.json`
  expect((await bench.run(`${late} --approval kim.json`)).err).toContain('two-people-needed')
  // Five now and one more within the hour are six: these were begun by the desk a moment ago.
  const journal = join(root, 'devices/work/provision.journal')
  const kept = await readFile(journal, 'utf8')
  const entry = { state: 'done', at: Math.floor(Date.now() / 1000), line: 0, command: 'provision revoke' }
  const steps = Object.fromEntries([11, 12, 13, 14, 15].map((kiosk) => [`revoke-${kiosk}`, entry]))
  const at = (seconds: number) =>
    writeFile(
      journal,
      JSON.stringify({ version: 1, steps }).replaceAll(`${entry.at}`, `${entry.at - seconds}`),
    )
  await at(60)
  expect((await bench.run('provision revoke --kiosk 1 --dry-run')).err).toContain('two-people-needed')
  await at(4000)
  expect((await bench.run('provision revoke --kiosk 1 --dry-run')).code).toBe(0)
  await writeFile(journal, kept)
  // Both agree, and so the next thing in the way is told: kiosk 3 was never enrolled.
  expect((await revoke(['kim.json', 'lee.json'])).err).toContain('enrolment-missing')
  const init = `${initLine(join(root, 'by-old'), 3)} --technician ${old}`
  expect((await bench.run(init)).err).toContain('technician-expired')
  await bench.must(`${initLine(join(root, 'by-kim'), 3)} --technician ${kim}`)
  const log = await readFile(join(root, 'by-kim', 'work.log'), 'utf8')
  expect(JSON.parse(log.trim())).toMatchObject({ body: { technician: 'kim' }, signature: expect.any(String) })
})

test("the device authority's keys work sealed, and only with the passphrase", async () => {
  const root = bench.small.folder
  const secret = 'correct horse'
  await writeFile(join(root, 'pass'), secret, { mode: 0o600 })
  const sealIt = `provision desk seal --seal passphrase --new-passphrase-file ${root}/pass`
  const before = await filesUnder(root)
  await bench.must(`${sealIt} --dry-run`)
  await bench.must(`provision technician new --id dry --technician ${root}/dry --dry-run`)
  await bench.must(`device broker --names localhost --out ${root}/dry --dry-run`)
  await bench.must(`device service --name bridge --out ${root}/dry --dry-run`)
  expect(await filesUnder(root)).toEqual(before)
  await bench.must(sealIt)
  const line = `device broker --names localhost --out ${root}/broker`
  expect((await bench.run(line)).err).toContain('seal-passphrase-missing')
  await bench.must(`${line} --passphrase-file ${root}/pass`)
})

test('no key was ever printed, logged or put outside the folders of keys', async () => {
  const files = await filesUnder(bench.small.folder)
  const secrets: string[] = ['correct horse']
  for (const [path, text] of files) {
    if (!path.endsWith('/keys/device.json') && !path.endsWith('technician.json')) continue
    const file = JSON.parse(text) as Record<string, string>
    for (const field of ['ed25519Seed', 'x25519Secret', 'deviceSecret', 'seed']) {
      const value = file[field]
      if (value !== undefined) secrets.push(value, toHex(fromBase64(value)))
    }
  }
  for (const [path, text] of files) {
    if (path.endsWith('.pem') && text.includes('PRIVATE')) secrets.push(...traces(text))
  }
  secrets.push(...deskSecrets)
  expect(deskSecrets.length).toBeGreaterThanOrEqual(4)
  expect(secrets.length).toBeGreaterThan(30)
  const keyFile = /\/(keys\/[^/]*|secret\/.*|technician\.json|pass|[^/]*key\.pem)$/
  const open = [...files].filter(([path]) => !keyFile.test(path)).map(([, text]) => text)
  const all = [...bench.printed, ...open].join('\n')
  for (const secret of secrets) expect(all.includes(secret)).toBe(false)
  const keyPaths = [...files.keys()].filter(
    (path) => path.endsWith('.pem') && files.get(path)!.includes('PRIVATE'),
  )
  expect(keyPaths.every((path) => /\/keys\/|key\.pem$/.test(path))).toBe(true)
})

/** How a private key (PEM) would show: its first line, its number in base64url and in hex. */
function traces(pem: string): string[] {
  const { d } = createPrivateKey(pem).export({ format: 'jwk' }) as { d: string }
  return [pem.split('\n')[1]!, d, Buffer.from(d, 'base64url').toString('hex')]
}

test('keys that root made are given to the user of the core where there is one', async () => {
  const ran: string[] = []
  let owner = 'root'
  const run = async (command: string, args: readonly string[]) => {
    ran.push([command, ...args].join(' '))
    if (command === 'chown') owner = 'hanpyo-core'
    const stdout = command === 'find' && owner === 'root' ? utf8(`${dir}/keys\n`) : new Uint8Array()
    return { code: 0, stdout, stderr: '' }
  }
  const folder = deviceFolder(dir)
  const ctx = { ...nodePorts(), run, folder, ed25519: nobleEd25519, sealing: null, isRoot: true }
  expect(await keyOwnerStep.inspect({ ...ctx, isRoot: false })).toEqual(ok('done'))
  expect(await keyOwnerStep.inspect({ ...ctx, run: async () => null })).toEqual(ok('done'))
  expect(await keyOwnerStep.inspect(ctx)).toMatchObject({ value: { changes: [{ to: 'hanpyo-core' }] } })
  expectOk(await keyOwnerStep.apply(ctx))
  expect(ran.at(-1)).toBe(`chown -R --no-dereference hanpyo-core:hanpyo-core ${dir}/keys`)
  expect(await keyOwnerStep.inspect(ctx)).toEqual(ok('done'))
})
