import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { RunProgram } from '../run-program.ts'

/**
 * - `tpm-missing`: no TPM 2.0, or tpm2-tools are not installed
 * - `tpm-refused`: the PCRs are not as they were when the secret was sealed (firmware, boot loader or secure-boot keys changed), or it
 *   was sealed by another TPM
 * - `tpm-failed`: anything else; the detail is what tpm2-tools said
 */
export type TpmError = 'tpm-missing' | 'tpm-refused' | 'tpm-failed'

/** A secret only this TPM gives out, and only while the PCRs are as they were. Holds no secret itself; base64. */
export interface TpmSealed {
  /** For example `sha256:0,2,4,7`. */
  readonly pcrs: string
  readonly public: string
  readonly private: string
}

/** A TPM 2.0 through tpm2-tools (`tpm2_create(1)`, `tpm2_unseal(1)`). Calls run one after another. */
export interface Tpm {
  /** Seals up to 128 bytes under the present PCR values. */
  seal(secret: Uint8Array, pcrs?: string): Promise<Result<TpmSealed, TpmError>>
  unseal(sealed: TpmSealed): Promise<Result<Uint8Array, TpmError>>
}

/** Firmware, option ROMs, boot loader and secure-boot policy; not the kernel's command line, so that updates within the image still start. */
export const DEFAULT_PCRS = 'sha256:0,2,4,7'
export const PCRS = /^sha256:\d{1,2}(?:,\d{1,2})*$/

/** Objects under the owner hierarchy's ECC primary, which the TPM derives anew from its seed each time. */
const PRIMARY = ['-C', 'o', '-g', 'sha256', '-G', 'ecc']

/** The TPM of this machine (or of `TPM2TOOLS_TCTI`), if one answers. */
export async function openTpm(run: RunProgram): Promise<Result<Tpm, 'tpm-missing'>> {
  const answered = await run('tpm2_getcap', ['properties-fixed'])
  if (answered?.code !== 0)
    return err('tpm-missing', answered === null ? 'tpm2-tools' : lastLine(answered.stderr))
  return ok({
    seal: (secret, pcrs = DEFAULT_PCRS) => inFolder(run, (tools) => sealWith(tools, secret, pcrs)),
    unseal: (sealed) => inFolder(run, (tools) => unsealWith(tools, sealed)),
  })
}

interface Tools {
  at(name: string): string
  call(command: string, args: readonly string[], input?: Uint8Array): Promise<Result<Uint8Array, TpmError>>
}

async function sealWith(
  tools: Tools,
  secret: Uint8Array,
  pcrs: string,
): Promise<Result<TpmSealed, TpmError>> {
  if (!PCRS.test(pcrs)) throw new RangeError(`"pcrs" is not a selection: ${pcrs}`)
  if (secret.length === 0 || secret.length > 128) throw new RangeError('"secret" is not 1 to 128 bytes')
  const { at, call } = tools
  for (const [command, args] of [
    ['tpm2_createprimary', [...PRIMARY, '-c', at('primary')]],
    ['tpm2_createpolicy', ['--policy-pcr', '-l', pcrs, '-L', at('policy')]],
  ] as const) {
    const done = await call(command, args)
    if (!done.ok) return done
  }
  // Without userwithauth the policy is the only way in; the secret goes through standard input.
  const create = ['-C', at('primary'), '-L', at('policy'), '-a', 'fixedtpm|fixedparent|noda', '-i', '-']
  const made = await call('tpm2_create', [...create, '-u', at('public'), '-r', at('private')], secret)
  if (!made.ok) return made
  const [publicPart, privatePart] = await Promise.all([readFile(at('public')), readFile(at('private'))])
  return ok({ pcrs, public: toBase64(publicPart), private: toBase64(privatePart) })
}

async function unsealWith(tools: Tools, sealed: TpmSealed): Promise<Result<Uint8Array, TpmError>> {
  const { at, call } = tools
  await writeFile(at('public'), fromBase64(sealed.public))
  await writeFile(at('private'), fromBase64(sealed.private))
  const primary = await call('tpm2_createprimary', [...PRIMARY, '-c', at('primary')])
  if (!primary.ok) return primary
  const object = ['-C', at('primary'), '-u', at('public'), '-r', at('private'), '-c', at('object')]
  const loaded = await call('tpm2_load', object)
  if (!loaded.ok) return loaded
  return call('tpm2_unseal', ['-c', at('object'), '-p', `pcr:${sealed.pcrs}`])
}

async function inFolder<T>(
  run: RunProgram,
  work: (tools: Tools) => Promise<Result<T, TpmError>>,
): Promise<Result<T, TpmError>> {
  const folder = await mkdtemp(join(tmpdir(), 'hanpyo-tpm-'))
  try {
    return await work({
      at: (name) => join(folder, name),
      async call(command, args, input) {
        const done = await run(command, args, input === undefined ? {} : { input })
        // Without a resource manager, what a tool loaded stays in the TPM's few slots.
        await run('tpm2_flushcontext', ['-t'])
        if (done === null) return err('tpm-missing', command)
        if (done.code === 0) return ok(done.stdout)
        return err(
          REFUSED.test(done.stderr) ? 'tpm-refused' : 'tpm-failed',
          `${command}: ${lastLine(done.stderr)}`,
        )
      },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** TPM_RC_POLICY_FAIL; TPM_RC_INTEGRITY and TPM_RC_AUTH_FAIL are what a foreign TPM says. */
const REFUSED = /policy check failed|integrity check failed|0x0*[19]9d\b|0x0*1df\b/i

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
}
