import { join } from 'node:path'
import {
  certificateSha256,
  describeCertificate,
  isClientCertificate,
  isForKeyOfRequest,
  isIssuedBy,
} from '@hanpyo/platform/x509.ts'
import { parseDevice, RECORD } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ProvisionError } from '../frame/errors.ts'
import { defineStep, type Step, type StepContext } from '../frame/step.ts'
import { postRecord } from './bridge.ts'
import { readRequest, readText } from './keygen-steps.ts'
import { CLOCK_SKEW_SECONDS } from './technician.ts'

export const CERTIFICATE_FILES = { cert: 'kiosk.crt.pem', ca: 'ca.crt.pem', note: 'enrol.note' } as const

const requestName = (kiosk: number): string => `kiosk-${kiosk}.request.json`

/** Puts the request where it is carried from: a stick, or a folder on the network. */
export function requestStep(out: string): Step {
  const target = async (ctx: StepContext) => {
    const request = await readRequest(ctx.files, ctx.folder)
    if (!request.ok) return request
    const text = `${JSON.stringify(request.value, null, 2)}\n`
    return ok({
      text,
      paths: [out, ctx.folder.requests].map((dir) => join(dir, requestName(request.value.kiosk))),
    })
  }
  return defineStep({
    id: 'enrol-request',
    title: { ko: '등록 요청 내보내기', en: 'hand out the enrolment request' },
    async inspect(ctx) {
      const wanted = await target(ctx)
      if (!wanted.ok) return wanted
      const { paths, text } = wanted.value
      const found = await Promise.all(paths.map((path) => readText(ctx.files, path)))
      const changes = paths.flatMap((what, i) =>
        found[i] === text
          ? []
          : [{ what, from: found[i] === null ? null : 'older request', to: 'public keys' }],
      )
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply(ctx) {
      const wanted = await target(ctx)
      if (!wanted.ok) return wanted
      await ctx.files.makeFolder(ctx.folder.requests)
      for (const path of wanted.value.paths) await ctx.files.write(path, wanted.value.text)
      return ok(undefined)
    },
  })
}

interface Came {
  readonly cert: string
  readonly ca: string
  readonly note: string
}

/** How a device knows the right authority: from a copy of the election, or from what the desk read out. Something of it is there. */
export interface ImportPins {
  /** The device authority's vkey; checks the record's signature. */
  readonly deviceAuthority?: string | undefined
  /** The CA's certificate, PEM. */
  readonly deviceCa?: string | undefined
  /** SHA-256 of the CA's certificate, 64 lower-case hex digits. */
  readonly caSha256?: string | undefined
}

/**
 * Takes certificate, CA certificate and record from where they came, if all of them are this device's: key, common name, issuer, validity (with
 * ten minutes of skew), the record's keys, and whatever is pinned. What comes with the certificate proves nothing about its issuer.
 */
export function importStep(from: string, pins: ImportPins): Step {
  return defineStep({
    id: 'enrol-import',
    title: { ko: '인증서와 등록 기록 받기', en: 'take in certificate and record' },
    async inspect(ctx) {
      const came = await readCame(ctx, from)
      if (!came.ok) return came
      const checked = await check(ctx, came.value, pins)
      if (!checked.ok) return checked
      const changes = []
      for (const part of ['cert', 'ca', 'note'] as const) {
        const what = join(ctx.folder.cert, CERTIFICATE_FILES[part])
        const found = await readText(ctx.files, what)
        if (found !== came.value[part]) {
          changes.push({ what, from: found === null ? null : 'older', to: `valid to ${checked.value}` })
        }
      }
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply(ctx) {
      const came = await readCame(ctx, from)
      if (!came.ok) return came
      // The stick is read again, so it is looked at again.
      const checked = await check(ctx, came.value, pins)
      if (!checked.ok) return checked
      await ctx.files.makeFolder(ctx.folder.cert)
      for (const part of ['ca', 'note', 'cert'] as const) {
        await ctx.files.write(join(ctx.folder.cert, CERTIFICATE_FILES[part]), came.value[part])
      }
      return ok(undefined)
    },
  })
}

/** Posts the enrolment record; the bridge takes it once and says the same again. */
export function postEnrolmentStep(bridge: string): Step {
  const notePath = (ctx: StepContext) => join(ctx.folder.cert, CERTIFICATE_FILES.note)
  return defineStep({
    id: 'enrol-post',
    title: { ko: '등록을 원장에 기록', en: 'put the enrolment on the ledger' },
    async inspect(ctx) {
      const [note, posted] = await Promise.all([
        readText(ctx.files, notePath(ctx)),
        readText(ctx.files, `${notePath(ctx)}.posted`),
      ])
      if (note !== null && note === posted) return ok('done')
      return ok({ changes: [{ what: `${bridge}: record 0x03`, from: null, to: 'enrol' }] })
    },
    async apply(ctx) {
      const note = await readText(ctx.files, notePath(ctx))
      if (note === null) return err('certificate-missing', notePath(ctx))
      const posted = await postRecord(ctx.fetch, bridge, { type: RECORD.device, note })
      if (!posted.ok) return posted
      await ctx.files.write(`${notePath(ctx)}.posted`, note)
      return ok(undefined)
    },
  })
}

async function readCame({ files, folder }: StepContext, from: string): Promise<Result<Came, ProvisionError>> {
  const request = await readRequest(files, folder)
  if (!request.ok) return request
  const { kiosk } = request.value
  const names = { cert: `kiosk-${kiosk}.crt.pem`, ca: 'ca.crt.pem', note: `kiosk-${kiosk}.enrol.note` }
  const read = async (name: string) => readText(files, join(from, name))
  const [cert, ca, note] = await Promise.all([read(names.cert), read(names.ca), read(names.note)])
  if (cert === null || ca === null || note === null) {
    const missing = [cert === null && names.cert, ca === null && names.ca, note === null && names.note]
    return err('certificate-missing', `${from}: ${missing.filter((name) => name !== false).join(', ')}`)
  }
  return ok({ cert, ca, note })
}

/** All that must hold; gives the day the certificate ends. */
async function check(
  ctx: StepContext,
  { cert, ca, note }: Came,
  { deviceAuthority, deviceCa, caSha256 }: ImportPins,
): Promise<Result<string, ProvisionError>> {
  const request = await readRequest(ctx.files, ctx.folder)
  if (!request.ok) return request
  const { kiosk, certificateRequest, ed25519, x25519 } = request.value
  const described = describe(cert)
  if (described === null) return err('certificate-chain', 'not a certificate')
  if (described.cn !== String(kiosk)) return err('certificate-of-another-kiosk', `CN=${described.cn}`)
  if (!isForKeyOfRequest(cert, certificateRequest)) return err('certificate-of-another-key')
  if (describe(ca) === null || !(await isIssuedBy(cert, ca))) return err('certificate-chain')
  if (deviceCa !== undefined && deviceCa.trim() !== ca.trim())
    return err('certificate-chain', "not the election's authority")
  if (caSha256 !== undefined && caSha256 !== certificateSha256(ca))
    return err('certificate-chain', `the authority that came has ${certificateSha256(ca)}`)
  if (!isClientCertificate(cert)) return err('certificate-chain', 'not for a client')
  const now = ctx.clock.now()
  const { notAfter, notBefore } = described
  if (now + CLOCK_SKEW_SECONDS * 1000 < notBefore.getTime()) {
    return err(
      'clock-off',
      `here it is ${minute(now)}, the certificate begins ${minute(notBefore.getTime())}`,
    )
  }
  if (now - CLOCK_SKEW_SECONDS * 1000 > notAfter.getTime()) {
    return err('certificate-expired', `here it is ${minute(now)}, it ended ${minute(notAfter.getTime())}`)
  }
  const parsed = parseNote(note)
  const record = parsed.ok ? parseDevice(parsed.value.text) : parsed
  if (!parsed.ok || !record.ok) return err('enrolment-record-wrong', 'not a record')
  const { value } = record
  if (value.action !== 'enrol' || value.kiosk !== kiosk) return err('enrolment-record-wrong', 'another kiosk')
  if (value.ed25519 !== ed25519 || value.x25519 !== x25519) return err('enrolment-record-wrong', 'other keys')
  if (deviceAuthority !== undefined) {
    const verifier = noteVerifier(nobleEd25519, deviceAuthority)
    if (!verifier.ok || !verifyNote(parsed.value, [verifier.value], { exactly: true }).ok) {
      return err('enrolment-record-wrong', 'signature')
    }
  }
  return ok(notAfter.toISOString().slice(0, 10))
}

function describe(pem: string): ReturnType<typeof describeCertificate> | null {
  try {
    return describeCertificate(pem)
  } catch {
    return null
  }
}

const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
