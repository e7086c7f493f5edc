import { readIfPresent } from '@hanpyo/platform/durable-file.ts'
import { type KeyFileError, readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parseSkey } from '@hanpyo/protocol/log/vkey.ts'
import { createSealer } from '@hanpyo/protocol/proofs/seal.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { isSealedKey, openTrusteeKey, type SealedKeyError } from '../ceremony/sealed-key.ts'
import { trusteeKeySchema } from '../key-files.ts'
import type { Trustee } from './trustee.ts'

export type LoadTrusteeError =
  | SealedKeyError
  | 'sealed-key-unfinished'
  | Exclude<KeyFileError, 'key-file-exists'>

/** A trustee from its key file: a sealed one of a ceremony, or a plain one of a rehearsal in one process. */
export async function loadTrustee(
  ed25519: Ed25519,
  path: string,
  passphrase: () => Promise<string>,
): Promise<Result<Trustee, LoadTrusteeError>> {
  const bytes = await readIfPresent(path)
  if (bytes !== null && isSealedKey(bytes)) {
    const key = await openTrusteeKey({ sealer: await createSealer() }, path, await passphrase())
    if (!key.ok) return key
    const { header, secrets } = key.value
    if (secrets.secretShare === undefined) return err('sealed-key-unfinished', path)
    const name = keyName.trustee(header.election, header.trustee)
    return ok({
      index: header.trustee,
      election: header.election,
      note: { name, seed: secrets.noteSeed, vkey: header.vkey },
      secretShare: secrets.secretShare,
    })
  }
  const file = await readKeyFile(path, 'hanpyo-trustee-key', trusteeKeySchema)
  if (!file.ok) return file
  const { trustee, secretShare, vkey } = file.value
  const key = parseSkey(ed25519, file.value.skey)
  if (!key.ok) return err('key-file-malformed', `${path}: skey`)
  const { name, seed } = key.value
  return ok({
    index: trustee,
    election: name.slice(0, -`/trustee/${trustee}`.length),
    note: { name, seed, vkey },
    secretShare: fromBase64(secretShare),
  })
}
