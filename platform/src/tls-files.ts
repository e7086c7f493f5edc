import { readFile, stat } from 'node:fs/promises'
import type { HttpServer, TlsTexts } from './http-server.ts'
import type { Logger } from './logger.ts'
import { revokedSerials } from './x509.ts'

/** Files that can be read and do not fit together. */
export class TlsFilesError extends Error {}

/** Paths of PEM files; `ca` is the authority of client certificates and `crl` its list of revoked ones. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly ca?: string
  readonly crl?: string
  readonly clientMustAuthenticate?: boolean
}

/**
 * Reads certificate, key, authority and its list.
 *
 * @throws {TlsFilesError} when the authority did not sign the list: every client would be refused
 */
export async function readTlsFiles(files: TlsFiles): Promise<TlsTexts> {
  const { cert, key, clientMustAuthenticate } = files
  const ca = files.ca === undefined ? undefined : await readFile(files.ca, 'utf8')
  const crl = files.crl === undefined ? undefined : await readFile(files.crl, 'utf8')
  if (ca !== undefined && crl !== undefined && !(await isListOf(crl, ca))) {
    throw new TlsFilesError(`${files.crl} is no list of revoked certificates of the authority in ${files.ca}`)
  }
  return {
    cert: await readFile(cert, 'utf8'),
    key: await readFile(key, 'utf8'),
    ...(ca === undefined ? {} : { ca }),
    ...(crl === undefined ? {} : { crl }),
    ...(clientMustAuthenticate === undefined ? {} : { clientMustAuthenticate }),
  }
}

/** Whether one of the authorities (PEM, one or more) signed the list. */
async function isListOf(crl: string, authorities: string): Promise<boolean> {
  for (const [ca] of authorities.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)) {
    if ((await revokedSerials(crl, ca)) !== null) return true
  }
  return false
}

export interface TlsFollowing {
  /** Reads the files now; false when they could not be used, which leaves the server as it was. */
  reload(): Promise<boolean>
  stop(): void
}

/**
 * Hands renewed certificates to a running server, on SIGHUP and within a minute of a change of a file; no connection is dropped.
 * Files that do not fit together, as between the two writes of a renewal, are looked at again a minute later.
 *
 * @param everyMs real milliseconds between two looks; 60,000 unless told
 */
export function followTlsFiles(
  files: TlsFiles,
  server: Pick<HttpServer, 'replaceTls'>,
  options: { readonly log: Logger; readonly everyMs?: number },
): TlsFollowing {
  const { log, everyMs = 60_000 } = options
  const paths = [files.cert, files.key, files.ca, files.crl].filter((path) => path !== undefined)
  let used: string | undefined
  let isLooking = false

  async function state(): Promise<string> {
    const all = await Promise.all(paths.map((path) => stat(path)))
    return all.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join()
  }

  async function reload(): Promise<boolean> {
    try {
      const now = await state()
      server.replaceTls(await readTlsFiles(files))
      used = now
      log.info('tls-reloaded')
      return true
    } catch (error) {
      log.warn('tls-not-reloaded', {
        error,
        message:
          'The certificates that were read before stay in use. Check that certificate and key fit, and authority and list.',
      })
      return false
    }
  }

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    try {
      const now = await state()
      used ??= now
      if (now !== used) await reload()
    } catch (error) {
      log.warn('tls-files-unreadable', { error })
    } finally {
      isLooking = false
    }
  }

  const onHangUp = () => void reload()
  process.on('SIGHUP', onHangUp)
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  void look()
  return {
    reload,
    stop() {
      process.off('SIGHUP', onHangUp)
      clearInterval(timer)
    },
  }
}
