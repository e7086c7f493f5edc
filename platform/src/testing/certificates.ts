import {
  type Credentials,
  createCa,
  createCrl,
  issueClientCertificate,
  issueServerCertificate,
} from '../x509.ts'

/** An authority with a server certificate for localhost, and clients on demand. For tests. */
export interface TestCertificates {
  readonly server: { readonly ca: string; readonly cert: string; readonly key: string }
  /** What a client with this common name connects with. */
  client(cn: string): Promise<{ readonly ca: string } & Credentials>
  /** The authority's list of revoked certificates, with nobody on it. PEM. */
  emptyCrl(): Promise<string>
}

export async function createTestCertificates(): Promise<TestCertificates> {
  const ca = await createCa({ name: 'Test CA' })
  return {
    server: { ca: ca.cert, ...(await issueServerCertificate({ ca })) },
    emptyCrl: () => createCrl({ ca, revoked: [] }),
    async client(cn) {
      return { ca: ca.cert, ...(await issueClientCertificate({ ca, cn })) }
    },
  }
}
