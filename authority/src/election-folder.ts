import { join } from 'node:path'

/** Where everything of one election lies. `secret` is the only folder that must not be copied around. */
export interface ElectionFolder {
  readonly root: string
  /** The signed manifest: body of leaf 0. */
  readonly manifestNote: string
  /** Credential list, support list, key ceremony: each named by its hex SHA-256. */
  readonly blobs: string
  /** CA certificate, PEM: what brokers and kiosks trust. */
  readonly deviceCaCertificate: string
  /** Enrolment notes by kiosk, needed again for a revocation. */
  readonly devices: string
  readonly secret: string
  readonly slips: string
  readonly testSlips: string
  readonly authorityKey: string
  readonly registrarKey: string
  readonly deviceAuthorityKey: string
  readonly logKey: string
  readonly deviceCa: string
  bridgeKey(bridge: string): string
  trusteeKey(trustee: number): string
  /** A printable PDF for each style, and one for the observers' test slips. */
  slipPdf(name: string): string
  enrolment(kiosk: number): string
}

/** The layout of an election folder; creates nothing. */
export function electionFolder(root: string): ElectionFolder {
  const secret = join(root, 'secret')
  const key = (name: string): string => join(secret, 'keys', `${name}.json`)
  return {
    root,
    manifestNote: join(root, 'manifest.note'),
    blobs: join(root, 'blobs'),
    deviceCaCertificate: join(root, 'device-ca.crt.pem'),
    devices: join(root, 'devices'),
    secret,
    slips: join(secret, 'slips.json'),
    testSlips: join(secret, 'test-slips.json'),
    authorityKey: key('authority'),
    registrarKey: key('registrar'),
    deviceAuthorityKey: key('devices'),
    logKey: key('log'),
    deviceCa: key('device-ca'),
    bridgeKey: (bridge) => key(`bridge-${bridge}`),
    trusteeKey: (trustee) => key(`trustee-${trustee}`),
    slipPdf: (name) => join(secret, `slips-${name}.pdf`),
    enrolment: (kiosk) => join(root, 'devices', `kiosk-${kiosk}.enrol.note`),
  }
}
