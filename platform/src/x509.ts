import './reflect-metadata.ts'
import { createHash, createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509Crl,
  X509CrlGenerator,
} from '@peculiar/x509'
import { nodeRandom } from './random.ts'

/** A certificate and its private key (PKCS #8), both PEM. */
export interface Credentials {
  readonly cert: string
  readonly key: string
}

/** When a certificate is valid; TLS stacks compare with the machine's real time, not with a simulated one. */
export interface Validity {
  /** Default: one hour ago, so that a slightly slow clock elsewhere accepts it. */
  readonly notBefore?: Date
  /** Days after `notBefore`. */
  readonly days?: number
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A self-signed certificate authority: ECDSA P-256, may sign end-entity certificates only. Default 10 years. */
export async function createCa(options: { name: string } & Validity): Promise<Credentials> {
  const keys = await generateKeys()
  const cert = await X509CertificateGenerator.createSelfSigned({
    ...validity(options, 3650),
    serialNumber: serialNumber(),
    name: commonName(options.name),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: cert.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** A TLS server certificate for DNS names and IP addresses. Default localhost and both loopbacks, 2 years. */
export async function issueServerCertificate(
  options: { ca: Credentials; names?: readonly string[] } & Validity,
): Promise<Credentials> {
  const { names = ['localhost', '127.0.0.1', '::1'] } = options
  if (names.length === 0) throw new RangeError('"names" is empty')
  const keys = await generateKeys()
  const cert = await issue(options, names[0]!, keys.publicKey, 730, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
    ),
  ])
  return { cert, key: await exportKey(keys.privateKey) }
}

/** A TLS client certificate whose common name is the client's identity. The key is made here. Default 2 years. */
export async function issueClientCertificate(
  options: { ca: Credentials; cn: string } & Validity,
): Promise<Credentials> {
  const keys = await generateKeys()
  const cert = await issue(options, options.cn, keys.publicKey, 730, CLIENT_EXTENSIONS())
  return { cert, key: await exportKey(keys.privateKey) }
}

/** A key pair and a PKCS #10 request for it (PEM), so that the private key never leaves its device. */
export async function createCertificateRequest(options: {
  cn: string
}): Promise<{ request: string; key: string }> {
  const keys = await generateKeys()
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: commonName(options.cn),
    keys,
    signingAlgorithm: ALGORITHM,
  })
  return { request: request.toString('pem'), key: await exportKey(keys.privateKey) }
}

/**
 * Signs a request made by `createCertificateRequest`. The issuer decides the name: a request for another one
 * is refused. Returns the certificate as PEM.
 */
export async function signCertificateRequest(
  options: { ca: Credentials; cn: string; request: string } & Validity,
): Promise<Result<string, 'request-malformed' | 'request-signature' | 'request-name' | 'request-key-type'>> {
  let request: Pkcs10CertificateRequest
  try {
    request = new Pkcs10CertificateRequest(options.request)
  } catch {
    return err('request-malformed')
  }
  const { algorithm } = request.publicKey
  if (algorithm.name !== 'ECDSA' || (algorithm as EcKeyAlgorithm).namedCurve !== 'P-256') {
    return err('request-key-type', 'an ECDSA P-256 key is needed')
  }
  if (!(await request.verify())) return err('request-signature')
  if (request.subjectName.getField('CN').join() !== options.cn) {
    return err('request-name', `asked for ${request.subject}, expected CN=${options.cn}`)
  }
  const publicKey = await request.publicKey.export()
  return ok(await issue(options, options.cn, publicKey, 730, CLIENT_EXTENSIONS()))
}

/** Common name and validity of a PEM certificate, for display and for checks before use. */
export function describeCertificate(pem: string): { cn: string; notBefore: Date; notAfter: Date } {
  const { subjectName, notBefore, notAfter } = new X509Certificate(pem)
  return { cn: subjectName.getField('CN').join(), notBefore, notAfter }
}

/** SHA-256 of the certificate's DER bytes, 64 lower-case hex digits. */
export function certificateSha256(pem: string): string {
  return createHash('sha256')
    .update(new Uint8Array(new X509Certificate(pem).rawData))
    .digest('hex')
}

/** Whether a PEM certificate says that a client may show it (RFC 5280 section 4.2.1.12) and is no authority's. */
export function isClientCertificate(pem: string): boolean {
  const certificate = new X509Certificate(pem)
  const usage = certificate.getExtension(ExtendedKeyUsageExtension)
  const isAuthority = certificate.getExtension(BasicConstraintsExtension)?.ca === true
  return !isAuthority && usage?.usages.includes(ExtendedKeyUsage.clientAuth) === true
}

const CLIENT_EXTENSIONS = () => [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]

async function issue(
  options: { ca: Credentials } & Validity,
  cn: string,
  publicKey: CryptoKey,
  days: number,
  extensions: Extension[],
): Promise<string> {
  const issuer = new X509Certificate(options.ca.cert)
  const cert = await X509CertificateGenerator.create({
    ...validity(options, days),
    serialNumber: serialNumber(),
    subject: commonName(cn),
    issuer: issuer.subject,
    publicKey,
    signingKey: await importKey(options.ca.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ...extensions,
    ],
  })
  return cert.toString('pem')
}

function validity(options: Validity, days: number): { notBefore: Date; notAfter: Date } {
  const notBefore = options.notBefore ?? new Date(Date.now() - HOUR_MS)
  return { notBefore, notAfter: new Date(notBefore.getTime() + (options.days ?? days) * DAY_MS) }
}

/** An RFC 4514 name with one field, escaped by the library. */
function commonName(cn: string): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._:-]{0,63}$/u.test(cn))
    throw new RangeError(`"cn" is not a plain name: ${cn}`)
  return new Name([{ CN: [cn] }]).toString()
}

/** 16 random bytes, positive and without a leading zero (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = nodeRandom(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return toHex(bytes)
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key as webcrypto.CryptoKey))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']) as Promise<CryptoKey>
}

/** Serial number of a PEM certificate, lower-case hex. */
export function certificateSerial(pem: string): string {
  return new X509Certificate(pem).serialNumber
}

/** Whether `cert` is signed by the key of `ca` and names it as issuer (RFC 5280 section 6, one step). */
export async function isIssuedBy(cert: string, ca: string): Promise<boolean> {
  const [leaf, issuer] = [new X509Certificate(cert), new X509Certificate(ca)]
  if (leaf.issuer !== issuer.subject) return false
  return leaf.verify({ publicKey: issuer.publicKey, signatureOnly: true })
}

/** Whether a certificate is for this private key (PKCS #8, PEM). */
export function isForKey(cert: string, key: string): boolean {
  const spki = createPublicKey(createPrivateKey(key)).export({ format: 'der', type: 'spki' })
  return Buffer.from(new X509Certificate(cert).publicKey.rawData).equals(spki)
}

/**
 * A list of revoked certificates (PEM, RFC 5280 section 5) for a broker's `crlfile`. It is good for ten years: a broker that finds its list
 * too old would lock every kiosk out.
 */
export async function createCrl(options: {
  readonly ca: Credentials
  /** Serial numbers in hex. */
  readonly revoked: readonly { readonly serial: string; readonly at: Date }[]
  readonly thisUpdate?: Date
}): Promise<string> {
  const { ca, revoked } = options
  const thisUpdate = options.thisUpdate ?? new Date(Date.now() - HOUR_MS)
  const crl = await X509CrlGenerator.create({
    issuer: new X509Certificate(ca.cert).subject,
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + 3650 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    signingKey: await importKey(ca.key),
    entries: revoked.map(({ serial, at }) => ({ serialNumber: serial, revocationDate: at })),
  })
  const lines =
    Buffer.from(crl.rawData)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`
}

/** Whether a certificate is for the key of a request (PEM both). */
export function isForKeyOfRequest(cert: string, request: string): boolean {
  const asked = Buffer.from(new Pkcs10CertificateRequest(request).publicKey.rawData)
  return Buffer.from(new X509Certificate(cert).publicKey.rawData).equals(asked)
}

/** Serial numbers in a list of revoked certificates, hex, sorted; null when it is none or `ca` did not sign it. */
export async function revokedSerials(crl: string, ca: string): Promise<readonly string[] | null> {
  try {
    const list = new X509Crl(Buffer.from(crl.replace(/-----[^-]+-----|\s/g, ''), 'base64'))
    const isSigned = await list.verify({ publicKey: new X509Certificate(ca).publicKey })
    return isSigned ? list.entries.map(({ serialNumber }) => serialNumber).sort() : null
  } catch {
    return null
  }
}

/** Whether a text is a request (PEM) for this common name. */
export function requestMatches(request: string, cn: string): boolean {
  try {
    return new Pkcs10CertificateRequest(request).subjectName.getField('CN').join() === cn
  } catch {
    return false
  }
}
