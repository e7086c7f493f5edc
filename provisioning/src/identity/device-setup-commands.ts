import { resolve } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import type { SealMethod } from '@hanpyo/platform/sealed-file.ts'
import { openTpm, PCRS } from '@hanpyo/platform/tpm/tpm.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { COMMON_USAGE, provisionCommand, type Session } from '../frame/command.ts'
import { readDevice } from '../frame/device-folder.ts'
import type { Ports } from '../frame/ports.ts'
import { ask, askSecret } from '../frame/prompts.ts'
import { openDesk } from './desk.ts'
import { importStep, postEnrolmentStep, requestStep } from './enrol-steps.ts'
import { initStep } from './init-step.ts'
import { keygenStep, keyOwnerStep, readText } from './keygen-steps.ts'
import { openSigner } from './signer.ts'

/** What is done on the device itself: who it is, its keys, and its enrolment. */
export function deviceSetupCommands(ports: () => Ports): readonly Command[] {
  const common = { ports, openSigner }
  return [
    provisionCommand({
      ...common,
      name: 'provision init',
      summary: 'Say which kiosk this is: slot, centre, screen',
      usage: `hanpyo provision init --id ID --centre CENTRE --name NAME [--orientation portrait|landscape] [--px-per-mm N] [--dir DIR]

  --id ID           slot of the manifest, 0..65535
  --centre CENTRE   id of the community centre in the manifest
  --name NAME       what people call this kiosk
  --orientation O   how the screen stands (default: portrait)
  --px-per-mm N     pixels per millimetre, measured with a ruler: pixels of the screen's width ÷ its width in mm
${COMMON_USAGE}`,
      options: {
        id: { type: 'string' },
        centre: { type: 'string' },
        name: { type: 'string' },
        orientation: { type: 'string' },
        'px-per-mm': { type: 'string' },
      },
      body: async (session) => session.run([initStep(await answers(session))], session.ctx),
    }),
    provisionCommand({
      ...common,
      name: 'provision keygen',
      summary: "Make the device's keys, on the device, and seal them",
      usage: `hanpyo provision keygen [--seal auto|tpm|passphrase|none] [--passphrase-file FILE] [--pcrs sha256:0,2,4,7] [--dir DIR]

  --seal auto       the TPM when there is one, otherwise mode 0600 alone (default)
  --passphrase-file FILE   for --seal passphrase (or HANPYO_KEY_PASSPHRASE_FILE); the kiosk reads it at start
  --pcrs LIST       what the TPM looks at before it gives the keys out
${COMMON_USAGE}`,
      options: {
        seal: { type: 'string' },
        'passphrase-file': { type: 'string' },
        pcrs: { type: 'string' },
      },
      body: async (session) => {
        const sealing = await sealingOf(session)
        const isRoot = process.getuid?.() === 0
        return session.run([keygenStep, keyOwnerStep], {
          ...session.ctx,
          ed25519: nobleEd25519,
          sealing,
          isRoot,
        })
      },
    }),
    provisionCommand({
      ...common,
      name: 'provision enrol request',
      summary: 'Hand out the enrolment request, on a stick or into a folder',
      usage: `hanpyo provision enrol request --out DIR [--dir DIR]

  --out DIR         a stick, or a folder on the network; only public keys go there
${COMMON_USAGE}`,
      options: { out: { type: 'string' } },
      body: async (session) => session.run([requestStep(folderOf(session, 'out'))], session.ctx),
    }),
    provisionCommand({
      ...common,
      name: 'provision enrol import',
      summary: "Take in certificate and record, if they are this device's",
      usage: `hanpyo provision enrol import --from DIR --election DIR|--ca SHA256 [--bridge URL] [--dir DIR]

  --from DIR        where "provision enrol sign" put them
  --bridge URL      post the record to this bridge (again is harmless)
  --election DIR    folder with the manifest and the device authority's certificate; or
  --ca SHA256       the 64 digits that "provision enrol sign" printed, brought by another way than the stick
${COMMON_USAGE}`,
      options: {
        from: { type: 'string' },
        bridge: { type: 'string' },
        election: { type: 'string' },
        ca: { type: 'string' },
      },
      async body(session) {
        const election = session.path('election')
        const caSha256 = session.flag('ca')?.replaceAll(/[\s:]/g, '').toLowerCase()
        if (election === undefined && caSha256 === undefined)
          throw new UsageError('give --election, or --ca with what the desk printed')
        if (caSha256 !== undefined && !/^[0-9a-f]{64}$/.test(caSha256))
          throw new UsageError('--ca is not 64 hexadecimal digits')
        const desk = election === undefined ? undefined : session.must(await openDesk(election, nobleEd25519))
        const ca = desk && (await readText(session.ports.files, desk.folder.deviceCaCertificate))
        if (desk !== undefined && ca === null && caSha256 === undefined)
          throw new UsageError(`${election} has no certificate of the device authority: give --ca`)
        const bridge = session.flag('bridge')
        if (bridge !== undefined && !URL.canParse(bridge)) throw new UsageError(`not an address: ${bridge}`)
        const steps = [
          importStep(folderOf(session, 'from'), {
            deviceAuthority: desk?.election.manifest.keys.deviceAuthority,
            deviceCa: ca ?? undefined,
            caSha256,
          }),
          ...(bridge === undefined ? [] : [postEnrolmentStep(bridge)]),
        ]
        return session.run(steps, session.ctx)
      },
    }),
  ]
}

async function answers(session: Session) {
  const { ctx, must } = session
  const found = await readDevice(ctx.files, ctx.folder)
  const before = found.ok ? found.value : undefined
  const question = <T>(
    flag: string,
    ko: string,
    en: string,
    kept: unknown,
    parse: (text: string) => T | null,
  ) =>
    ask(session, {
      flag,
      text: { ko, en },
      given:
        session.flag(flag) ??
        (session.terminal === undefined && kept !== undefined ? String(kept) : undefined),
      ...(kept === undefined ? {} : { initial: String(kept) }),
      parse,
    })
  const id = must(
    await question('id', '단말기 번호', 'Number of the slot', before?.id, (text) =>
      /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : null,
    ),
  )
  const centre = must(
    await question('centre', '주민센터', 'Community centre', before?.centre, (text) =>
      /^[a-z0-9][a-z0-9-]{0,31}$/.test(text) ? text : null,
    ),
  )
  const named = (text: string) =>
    text !== '' && text.length <= 100 && !/\p{C}/u.test(text) ? text.normalize('NFC') : null
  const name = must(await question('name', '단말기 이름', 'Name of the kiosk', before?.name, named))
  const orientation = must(
    await question('orientation', '화면 방향', 'Orientation', before?.orientation ?? 'portrait', (text) =>
      text === 'portrait' || text === 'landscape' ? text : null,
    ),
  )
  const pxPerMm = must(
    await question('px-per-mm', '1mm의 화소 수', 'Pixels per millimetre', before?.pxPerMm, (text) => {
      const value = Number(text)
      return text !== '' && value >= 1 && value <= 40 ? value : null
    }),
  )
  return { id, centre, name, orientation, pxPerMm } as const
}

async function sealingOf(session: Session): Promise<SealMethod | null> {
  const wanted = session.flag('seal') ?? 'auto'
  const pcrs = session.flag('pcrs')
  if (pcrs !== undefined && !PCRS.test(pcrs)) throw new UsageError('--pcrs is not like sha256:0,2,4,7')
  if (wanted === 'none') return null
  if (wanted === 'passphrase') {
    const passphrase = session.must(
      await askSecret(session, {
        flag: 'passphrase',
        variable: 'HANPYO_KEY_PASSPHRASE',
        text: { ko: '열쇠 파일 암호', en: 'Passphrase for the key files' },
        file: session.flag('passphrase-file'),
      }),
    )
    return { method: 'passphrase', passphrase: passphrase as string }
  }
  if (wanted !== 'auto' && wanted !== 'tpm')
    throw new UsageError('--seal is not auto, tpm, passphrase or none')
  const tpm = await openTpm(session.ports.run)
  if (!tpm.ok && wanted === 'auto') return null
  return { method: 'tpm2', tpm: session.must(tpm), ...(pcrs === undefined ? {} : { pcrs }) }
}

function folderOf(session: Session, flag: string): string {
  const given = session.flag(flag)
  if (given === undefined) throw new UsageError(`--${flag} is missing`)
  return resolve(session.io.cwd, given)
}
