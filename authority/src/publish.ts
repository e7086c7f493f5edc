import { join } from 'node:path'
import { readIfPresent } from '@hanpyo/platform/durable-file.ts'
import { fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type Bridge, type BridgeError, hasBlob, putBlob } from './bridge-client.ts'
import type { LoadElectionError, LoadedElection } from './load-election.ts'

/** Uploads the blobs of the manifest that the bridge does not have. */
export async function publishBlobs(
  election: LoadedElection,
  bridge: Bridge,
): Promise<Result<{ name: string; wasThere: boolean }[], BridgeError | LoadElectionError>> {
  const { credentials, supportKeys, ceremonyHash } = election.manifest
  const names = [credentials.blob, supportKeys.blob, toHex(fromBase64(ceremonyHash))]
  const done: { name: string; wasThere: boolean }[] = []
  for (const name of names) {
    const bytes = await readIfPresent(join(election.folder.blobs, name))
    if (bytes === null || toHex(sha256(bytes)) !== name) return err('election-damaged', `blob ${name}`)
    const there = await hasBlob(bridge, name)
    if (!there.ok) return there
    const put = there.value ? ok(null) : await putBlob(bridge, name, bytes)
    if (!put.ok) return put
    done.push({ name, wasThere: there.value })
  }
  return ok(done)
}
