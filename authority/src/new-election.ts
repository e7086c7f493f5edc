import { dirname, join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { type KeyFile, writeKeyFile } from '@hanpyo/platform/keyfile.ts'
import { createCa } from '@hanpyo/platform/x509.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type AssembledElection, type AssembleError, assembleElection } from './assemble-election.ts'
import type { FinishedCeremony } from './ceremony/finish.ts'
import type { ElectionConfig } from './config.ts'
import { type ElectionFolder, electionFolder } from './election-folder.ts'
import type { DeviceCaFile, SlipFile, TestSlipFile, TrusteeKeyFile } from './key-files.ts'
import { bridgeKeyFile, signingKeyFile } from './role-keys.ts'
import { unprintableInSlips, writeSlipPdfs } from './slip-pdf.ts'

export interface CreatedElection extends AssembledElection {
  readonly folder: ElectionFolder
}

/**
 * Creates an election in a new folder: role keys, trustees' shares, slips, blobs, device CA and the signed
 * manifest, which is written last, so that a folder with a manifest is complete.
 *
 * @example
 * const election = expectOk(await createElection(config, { backend, random: nodeRandom, outDir: './budget' }))
 * election.folder.manifestNote // path of the signed manifest
 */
export async function createElection(
  config: ElectionConfig,
  options: {
    readonly backend: CryptoBackend
    readonly random: RandomBytes
    readonly outDir: string
    /** A finished ceremony; without it one runs in this process and its shares are written to the folder. */
    readonly ceremony?: FinishedCeremony
    /** Default true; a demonstration does not print. */
    readonly printSlips?: boolean
  },
): Promise<Result<CreatedElection, AssembleError | 'election-exists' | 'text-unprintable'>> {
  const { backend, outDir, printSlips = true } = options
  const folder = electionFolder(outDir)
  if ((await readIfPresent(folder.authorityKey)) !== null) return err('election-exists', outDir)
  const unprintable = printSlips ? await unprintableInSlips(config) : ''
  if (unprintable !== '') return err('text-unprintable', unprintable)
  const assembled = assembleElection(config, options)
  if (!assembled.ok) return assembled
  const election = assembled.value

  await makeDurableDirectory(folder.root)
  await makeDurableDirectory(folder.secret, 0o700)
  for (const path of [folder.blobs, folder.devices, dirname(folder.authorityKey)]) {
    await makeDurableDirectory(path)
  }
  await writeKeys(election, folder, backend)
  await writeSlips(config, election, folder, printSlips)
  for (const [name, blob] of election.blobs) await writeDurable(join(folder.blobs, name), blob)
  await writeDurable(folder.manifestNote, election.manifestNote)
  return ok({ ...election, folder })
}

async function writeKeys(
  election: AssembledElection,
  folder: ElectionFolder,
  { ed25519 }: CryptoBackend,
): Promise<void> {
  const { roleKeys, ceremony, manifest } = election
  const write = async <T extends KeyFile>(path: string, content: T): Promise<void> =>
    expectOk(await writeKeyFile(path, content))
  await write(folder.authorityKey, signingKeyFile(ed25519, roleKeys.authority))
  await write(folder.registrarKey, signingKeyFile(ed25519, roleKeys.registrar))
  await write(folder.deviceAuthorityKey, signingKeyFile(ed25519, roleKeys.deviceAuthority))
  await write(folder.logKey, signingKeyFile(ed25519, roleKeys.log))
  for (const bridge of roleKeys.bridges) {
    await write(folder.bridgeKey(bridge.id), bridgeKeyFile(ed25519, bridge))
  }
  for (const [i, key] of roleKeys.trustees.entries()) {
    const share = ceremony.trustees[i]
    if (share?.secretShare === undefined) throw new Error(`no share for trustee ${i + 1}`)
    await write<TrusteeKeyFile>(folder.trusteeKey(i + 1), {
      ...signingKeyFile(ed25519, key),
      type: 'hanpyo-trustee-key',
      trustee: i + 1,
      secretShare: toBase64(share.secretShare),
      verificationKey: toBase64(share.verificationKey),
    })
  }
  const ca = await createCa({ name: `Hanpyo devices ${manifest.id.replaceAll('/', ' ')}`.slice(0, 64) })
  await write<DeviceCaFile>(folder.deviceCa, { type: 'hanpyo-device-ca', name: manifest.id, ...ca })
  await writeDurable(folder.deviceCaCertificate, ca.cert)
}

async function writeSlips(
  config: ElectionConfig,
  election: AssembledElection,
  folder: ElectionFolder,
  printSlips: boolean,
): Promise<void> {
  const { slips, manifest, testSlipSalt } = election
  const file: SlipFile = { type: 'hanpyo-slips', name: manifest.id, slips: [...slips.slips] }
  expectOk(await writeKeyFile(folder.slips, file))
  const testSlips: TestSlipFile = {
    type: 'hanpyo-test-slips',
    name: manifest.id,
    salt: toBase64(testSlipSalt),
    slips: [...slips.testSlips],
  }
  expectOk(await writeKeyFile(folder.testSlips, testSlips))
  if (printSlips) await writeSlipPdfs({ config, slips, folder })
}
