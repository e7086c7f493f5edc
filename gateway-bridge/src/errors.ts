import type { ConfigError } from '@hanpyo/platform/config.ts'
import type { KeyFileError } from '@hanpyo/platform/keyfile.ts'
import type { BridgeError } from './bridge.ts'
import type { OpenLedgerError } from './ledger/open-engine.ts'
import type { InitialiseError } from './setup/initialise.ts'

/**
 * Exit codes beyond the common ones, after sysexits.h. Both mean "a person has to do something first": the systemd
 * unit does not restart on them (`RestartPreventExitStatus`), so there is no crash loop.
 */
export const BRIDGE_EXIT = {
  /** The ledger cannot be served: damaged, shortened, of another election, or not initialised. */
  ledger: 65,
  /** A bug came to light; what is stored is safe, a restart is right. */
  bug: 70,
  /** Configuration or key files. */
  config: 78,
} as const

export type StartError =
  | BridgeError
  | OpenLedgerError
  | InitialiseError
  | ConfigError
  | Exclude<KeyFileError, 'key-file-exists'>
  | 'key-file-content'
  | 'port-taken'
  | 'clock-behind'
  | 'out-exists'
  | 'copy-incomplete'
  | 'copy-not-signed'
  | 'copy-unreadable'
  | 'tls-files-unusable'

interface Entry {
  /** One sentence for the operator. */
  readonly means: string
  readonly todo: string
  readonly exit: number
}

const { ledger, config } = BRIDGE_EXIT

/** Everything that keeps a bridge from starting or running, in the operator's words. */
export const ERRORS: Readonly<Record<StartError, Entry>> = {
  'not-initialised': {
    means: 'The store holds no ledger yet.',
    todo: 'Run "hanpyo bridge init" with the manifest of the election. If the election had a ledger already, bring that back instead: "hanpyo bridge rebuild" or "restore".',
    exit: ledger,
  },
  'already-initialised': {
    means: 'The store already holds a ledger; it is left as it is.',
    todo: 'Start the bridge with "hanpyo bridge run". Another ledger takes another data folder, or another database.',
    exit: ledger,
  },
  'holds-another-election': {
    means: 'The store holds the ledger of another election; it is left as it is.',
    todo: 'Check --election and the configuration. Each election has a data folder, or a database, of its own.',
    exit: ledger,
  },
  'manifest-unusable': {
    means: 'The manifest of the election cannot be used.',
    todo: 'Check that manifest and blobs come from one "hanpyo election new" and were not edited.',
    exit: ledger,
  },
  'blob-missing': {
    means: 'A key list that the manifest names is missing.',
    todo: 'Give the folder with all blobs of the election (--blobs).',
    exit: ledger,
  },
  'checkpoint-invalid': {
    means: 'The newest checkpoint in the store is not one the log key has signed for this tree.',
    todo: 'Do not repair the file. Restore the store from a backup or a mirror and compare its head with the witnesses.',
    exit: ledger,
  },
  'ledger-short': {
    means: 'The store holds fewer leaves than its newest signed checkpoint.',
    todo: 'Do not go on with this store: it would fork the log. Restore it from a backup or a mirror.',
    exit: ledger,
  },
  'ledger-root': {
    means: 'The leaves in the store do not lead to the root that was signed.',
    todo: 'The file was damaged or changed. Restore the store from a backup or a mirror.',
    exit: ledger,
  },
  'ledger-rule': {
    means: 'A leaf in the store breaks a rule of the election.',
    todo: 'Keep the store as evidence, run "hanpyo verify" on it, and restore from a backup or a mirror.',
    exit: ledger,
  },
  'ledger-behind-witnesses': {
    means:
      'Witnesses hold a checkpoint of this log that the store does not lead to: records were lost, or this is another copy.',
    todo: 'Do not go on with this store: it would fork the log. Restore it from a backup or a mirror that is as long.',
    exit: ledger,
  },
  'policy-unusable': {
    means: 'A witness policy of the manifest cannot be used.',
    todo: 'Check that the manifest comes from "hanpyo election new" and was not edited.',
    exit: ledger,
  },
  'waiting-unreadable': {
    means: 'A stored record that waits for publication cannot be read.',
    todo: 'The file was damaged. Restore the store from a backup; kiosks send what is missing again.',
    exit: ledger,
  },
  'storage-broken': {
    means: 'The store is no usable database.',
    todo: 'Keep the files, check disk and file system, then restore from a backup or a mirror.',
    exit: ledger,
  },
  'schema-version': {
    means: 'The store was written by another version of Hanpyo; nothing was changed.',
    todo: 'Use the version that wrote it, or migrate the store as its release notes say.',
    exit: ledger,
  },
  'storage-unavailable': {
    means: 'The store cannot be opened.',
    todo: 'Check that the data folder exists, is writable and is not in use by another bridge; with the engine "postgres", that nobody changes the tables meanwhile.',
    exit: 1,
  },
  'no-primary': {
    means: 'No database server takes writes and has them confirmed by a standby; nothing was changed.',
    todo: 'Start the primary and a standby, or promote one (deploy/postgres/README.md), then try again. In brackets is what each server said.',
    exit: 1,
  },
  stopped: {
    means: 'It was told to stop before it had started; nothing was changed.',
    todo: 'Start it again when it is wanted.',
    exit: 0,
  },
  'database-password': {
    means: 'The database servers do not take the password of the bridge.',
    todo: 'Put the password of the role in url into the file that passwordFile names, and check that there is one (deploy/postgres/README.md).',
    exit: config,
  },
  'database-login': {
    means: 'The database servers do not let the bridge in.',
    todo: 'Check user and database in url, sslmode, the client certificate (sslcert, sslkey), and pg_hba.conf on the servers (deploy/postgres/README.md).',
    exit: config,
  },
  'database-tls': {
    means: 'Bridge and database server do not trust each other; no password was sent.',
    todo: 'Check sslrootcert in url, the names and the dates in the certificate of the server, and sslcert and sslkey. Never go on without TLS because of this.',
    exit: config,
  },
  'store-unsafe': {
    means:
      'The database server could lose ballots after they were acknowledged; the bridge does not start on it.',
    todo: 'Correct the setting named here and reload the server (deploy/postgres/README.md). "requireQuorum = false" is for trials only.',
    exit: config,
  },
  'postgres-url': {
    means: 'The address of the database servers cannot be used.',
    todo: 'Correct url under [ledger.postgres]: postgresql://user@host,host,host/database?sslmode=verify-full&sslrootcert=/path.',
    exit: config,
  },
  'password-file': {
    means: 'The file with the password of the database cannot be read.',
    todo: 'Check passwordFile under [ledger.postgres]: a file of mode 0600 that belongs to the bridge.',
    exit: config,
  },
  'store-in-use': {
    means: 'Another bridge process is running on this data folder; nothing was changed.',
    todo: 'Stop the other one first, or wait until it has ended. Several bridges at once take the engine "postgres".',
    exit: 1,
  },
  'disk-full': {
    means: 'The disk is full.',
    todo: 'Free space on the disk of the data folder, then start again.',
    exit: 1,
  },
  'log-key-of-another-election': {
    means: 'The log key is not the one the manifest names.',
    todo: 'Give the log key of this election.',
    exit: config,
  },
  'keys-of-another-election': {
    means: 'A key is not the one the manifest names.',
    todo: 'Point the configuration at the key files of this election and this bridge.',
    exit: config,
  },
  'config-missing': {
    means: 'There is no configuration file.',
    todo: 'Give its path with --config.',
    exit: config,
  },
  'config-malformed': {
    means: 'The configuration is not TOML.',
    todo: 'Correct the place named here.',
    exit: config,
  },
  'config-invalid': {
    means: 'The configuration has wrong or missing values.',
    todo: 'Correct the values named here; the README lists all of them.',
    exit: config,
  },
  'key-file-missing': {
    means: 'A key file is missing.',
    todo: 'Copy it to the path named here.',
    exit: config,
  },
  'key-file-readable-by-others': {
    means: 'A key file can be read by other users.',
    todo: 'Give it mode 0600.',
    exit: config,
  },
  'key-file-malformed': {
    means: 'A key file is not what it should be.',
    todo: 'Copy it again from where it was made.',
    exit: config,
  },
  'key-file-type': {
    means: 'A key file holds another kind of key.',
    todo: 'Check the paths under [keys].',
    exit: config,
  },
  'key-file-content': {
    means: 'The key inside a key file cannot be used.',
    todo: 'Copy it again from where it was made.',
    exit: config,
  },
  'out-exists': {
    means: 'The file for the backup is there already; it was not touched.',
    todo: 'Give a new name with --out, one for each backup.',
    exit: 1,
  },
  'copy-incomplete': {
    means: 'A file of the copy is missing.',
    todo: 'Take another mirror, or a folder that "hanpyo fsck" calls sound.',
    exit: ledger,
  },
  'copy-not-signed': {
    means: 'The copy does not lead to a checkpoint that the log key has signed.',
    todo: 'Nothing was kept of it. Take another mirror, and keep this copy as evidence.',
    exit: ledger,
  },
  'copy-unreadable': {
    means: 'The copy cannot be read.',
    todo: 'Check the address or folder after --from, or take another mirror.',
    exit: 1,
  },
  'clock-behind': {
    means: 'The clock of this machine is behind the time that witnesses have put under the ledger.',
    todo: 'Set the clock (timedatectl, chronyc tracking), then start again. Until then no promise is signed.',
    exit: 1,
  },
  'tls-files-unusable': {
    means: 'The certificate, key, client authority or revocation list of the HTTP server cannot be used.',
    todo: 'Check http.cert, http.key, http.clientCa and http.clientCrl: PEM, readable, and belonging together.',
    exit: config,
  },
  'port-taken': {
    means: 'The HTTP address is in use or not of this machine.',
    todo: 'Change http.host or http.port.',
    exit: config,
  },
}

/** Two lines for the operator: what is wrong, what to do. */
export function explain(error: StartError, detail: string | undefined): string[] {
  const { means, todo } = ERRORS[error]
  return [`${error}: ${means}${detail === undefined ? '' : ` (${detail})`}`, todo]
}
