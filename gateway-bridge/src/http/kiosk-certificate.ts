import type { CertificateProblem } from '@hanpyo/platform/client-certificate.ts'
import type { RequestInfo } from '@hanpyo/platform/http-server.ts'

/** `certificate-of-another`: the certificate is good, and another kiosk's or a service's. */
export type CertificateRefusal = CertificateProblem | 'certificate-of-another'

/** What the technician at the other end reads. Nothing was stored. */
export const CERTIFICATE_TEXT: Readonly<Record<CertificateRefusal, string>> = {
  'certificate-missing': "Records of a kiosk need the kiosk's client certificate here.",
  'certificate-revoked': 'The certificate was revoked. Enrol the kiosk again.',
  'certificate-expired': 'The certificate has expired. Renew it.',
  'certificate-not-yet-valid': 'The certificate is not valid yet. Check the clock of this bridge.',
  'certificate-foreign':
    'The certificate is not from the device authority of this bridge. Enrol the kiosk there.',
  'certificate-unusable': 'The certificate is not one for a kiosk. Enrol the kiosk again.',
  'revocation-list-unusable':
    'The bridge cannot tell who was revoked. Its operator has to renew http.clientCrl.',
  'connection-too-old':
    'The bridge has read new certificates since this connection began. Connect again and send it again.',
  'certificate-of-another':
    'The certificate does not belong to the kiosk that the record speaks for. Send it from that kiosk.',
}

/** Why this client may not speak for the kiosk; `undefined` when it may. The common name is the kiosk id in decimal, as at the broker. */
export function certificateRefusal(
  kioskId: number | undefined,
  { clientCommonName, clientCertificateProblem }: RequestInfo,
): CertificateRefusal | undefined {
  if (clientCommonName === undefined) return clientCertificateProblem ?? 'certificate-missing'
  return clientCommonName === String(kioskId) ? undefined : 'certificate-of-another'
}
