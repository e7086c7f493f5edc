import { join, resolve } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { loadConfig } from '@hanpyo/platform/config.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { provisionCommand, type Session } from '../../frame/command.ts'
import { type Device, readDevice } from '../../frame/device-folder.ts'
import { parseJsonWith } from '../../frame/parse-json.ts'
import type { Ports } from '../../frame/ports.ts'
import { openSigner } from '../../identity/signer.ts'
import { boxesBelow, readAllBoxes } from '../hanpyo-command.ts'
import { wipeStep } from '../wipe.ts'
import { loadedElection } from './selftest.ts'

/** A year after `sealedBy`, unless the authority signs a release. */
const ARCHIVE_SECONDS = 365 * 24 * 3600

/** Text of a release: canonical JSON, signed by the authority. */
const releaseSchema = z.strictObject({
  action: z.literal('wipe'),
  kiosk: z.int().min(0).max(0xffff),
  /** Hex of H_m. */
  manifest: z.string(),
})

const dataFolderSchema = z.looseObject({ dataDir: z.string() })

/** `provision wipe`. */
export function wipeCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision wipe',
      summary: 'Delete keys and election data of a device after the archive period.',
      usage: [
        'hanpyo provision wipe --dir DIR [--release FILE] [--yes]',
        '',
        'Refused while records wait for an acknowledgement, and within a year after sealing unless the authority signed a release:',
        'a note by the authority with the text {"action":"wipe","kiosk":ID,"manifest":"HEX"}.',
        '',
        '  --release FILE   that note',
      ].join('\n'),
      options: { release: { type: 'string' } },
      ports,
      openSigner,
      body: wipe,
    }),
  ]
}

async function wipe(session: Session): Promise<number> {
  const { ctx } = session
  const { root } = ctx.folder
  const device = session.must(await readDevice(ctx.files, ctx.folder))
  const configured = session.must(await configuredDataFolder(root))
  const box = () => readAllBoxes(ctx, root, configured)
  const dates = session.must(await archiveDates(session, device))
  return session.run([wipeStep], { ...ctx, box, ...dates })
}

/** The data folder of `kiosk.toml`; undefined when there is no such file. One that cannot be read hides where ballots are. */
async function configuredDataFolder(root: string): Promise<Result<string | undefined, 'box-unreadable'>> {
  const loaded = await loadConfig({ path: join(root, 'kiosk.toml'), schema: dataFolderSchema })
  if (loaded.ok) return ok(resolve(root, loaded.value.dataDir))
  return loaded.error === 'config-missing' ? ok(undefined) : err('box-unreadable', loaded.detail)
}

interface ArchiveDates {
  readonly allowedFrom: number | null
  readonly archivedFrom: number | null
}

async function archiveDates(
  session: Session,
  device: Device,
): Promise<Result<ArchiveDates, 'release-invalid' | 'election-not-loaded'>> {
  const { ctx } = session
  const loaded = await loadedElection(ctx, ctx.folder.root)
  if (!loaded.ok) {
    // No ballot was ever kept here; otherwise nobody knows when they may go.
    const isEmpty = (await boxesBelow(ctx.files, ctx.folder.root)).length === 0
    const isWiped = device.state === 'wiped'
    return isEmpty || isWiped ? ok({ allowedFrom: null, archivedFrom: null }) : loaded
  }
  const { manifest, hash } = loaded.value
  const path = session.path('release')
  const archivedFrom = manifest.test === true ? null : manifest.times.sealedBy + ARCHIVE_SECONDS
  if (path === undefined) return ok({ allowedFrom: archivedFrom, archivedFrom })
  const bytes = await ctx.files.read(path)
  const note = bytes === null ? null : parseNote(bytes)
  const verifier = noteVerifier(createNodeEd25519(), manifest.keys.authority)
  if (note?.ok !== true || !verifier.ok || !verifyNote(note.value, [verifier.value], { exactly: true }).ok)
    return err('release-invalid', path)
  const release = parseJsonWith(releaseSchema, new TextEncoder().encode(note.value.text))
  const isForThis = release.ok && release.value.kiosk === device.id && release.value.manifest === toHex(hash)
  return isForThis ? ok({ allowedFrom: null, archivedFrom }) : err('release-invalid', path)
}
