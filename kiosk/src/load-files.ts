/** Reads what a kiosk needs to start, as values or as a code with advice. Touches files only. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfPresent } from '@hanpyo/platform/durable-file.ts'
import { machineOpeners } from '@hanpyo/platform/machine-openers.ts'
import { isSealed, openSealed, type SealError } from '@hanpyo/platform/sealed-file.ts'
import { decodeUtf8, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { ackKey } from '@hanpyo/protocol/link/ack.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BrokerConfig, KioskConfig } from './config.ts'
import { type ElectionError, type KioskElection, loadElection } from './core/election.ts'
import type { BridgeKey } from './core/outbox/outbox.ts'

/** The election in `electionDir`: `manifest.note` and the key lists among `blobs/`. */
export async function readElection(
  config: KioskConfig,
  backend: CryptoBackend,
): Promise<Result<KioskElection, ElectionError | 'election-files-missing'>> {
  const noteBytes = await readIfPresent(join(config.electionDir, 'manifest.note'))
  if (noteBytes === null) return err('election-files-missing', 'manifest.note')
  const note = parseNote(noteBytes)
  if (!note.ok) return err('manifest-note', note.error)
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return manifest
  const { blob } = manifest.value.credentials
  const credentialList = await readIfPresent(join(config.electionDir, 'blobs', blob))
  if (credentialList === null) return err('election-files-missing', `blobs/${blob}`)
  // Without proposals nothing here needs the support keys.
  const supportBlob = manifest.value.proposals === undefined ? undefined : manifest.value.supportKeys.blob
  const supportList =
    supportBlob === undefined
      ? undefined
      : await readIfPresent(join(config.electionDir, 'blobs', supportBlob))
  if (supportList === null) return err('election-files-missing', `blobs/${supportBlob}`)
  return loadElection({
    backend,
    kioskId: config.kiosk,
    manifestNote: decodeUtf8(noteBytes),
    credentialList,
    ...(supportList === undefined ? {} : { supportList }),
    ...(config.authority === undefined ? {} : { trustedAuthority: config.authority }),
  })
}

/** One ack key per bridge of the manifest, in its order. */
export function deriveAckKeys(
  election: KioskElection,
  x25519Secret: Uint8Array,
): Result<BridgeKey[], 'bridge-key'> {
  const keys: BridgeKey[] = []
  for (const bridge of election.manifest.keys.bridges) {
    const key = ackKey({
      secret: x25519Secret,
      peerPublic: fromBase64(bridge.x25519),
      manifestHash: election.manifestHash,
      kioskId: election.kioskId,
    })
    if (!key.ok) return err('bridge-key', bridge.id)
    keys.push({ bridge: bridge.id, key: key.value })
  }
  return ok(keys)
}

export interface TlsFiles {
  readonly ca: string
  readonly cert?: string
  readonly key?: string
}

/** PEM texts for a broker; null when no `ca` is configured (a broker without TLS, for tests). */
export async function readTlsFiles(
  wifi: Pick<BrokerConfig, 'ca' | 'cert' | 'key'>,
): Promise<Result<TlsFiles | null, 'wifi-files-missing'>> {
  if (wifi.ca === undefined) return ok(null)
  try {
    const ca = await readFile(wifi.ca, 'utf8')
    const cert = wifi.cert === undefined ? {} : { cert: await readFile(wifi.cert, 'utf8') }
    if (wifi.key === undefined) return ok({ ca, ...cert })
    const key = await readPem(wifi.key)
    return key.ok ? ok({ ca, ...cert, key: key.value }) : err('wifi-files-missing', key.detail ?? key.error)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EACCES') throw error
    return err('wifi-files-missing', path)
  }
}

/** The text of a key, opened by this machine when it is sealed. Other programs may own a plain one: its mode is theirs. */
async function readPem(path: string): Promise<Result<string, SealError>> {
  const bytes = new Uint8Array(await readFile(path))
  if (!isSealed(bytes)) return ok(decodeUtf8(bytes))
  const opened = await openSealed(bytes, machineOpeners(process.env))
  return opened.ok ? ok(decodeUtf8(opened.value)) : opened
}
