import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import {
  createCa,
  createCertificateRequest,
  describeCertificate,
  issueClientCertificate,
  issueServerCertificate,
  signCertificateRequest,
} from './x509.ts'

test('a client and a server with certificates of one authority trust each other and the name arrives', async () => {
  const ca = await createCa({ name: 'Test CA' })
  const server = await issueServerCertificate({ ca })
  const client = await issueClientCertificate({ ca, cn: '7' })
  const listener = createServer({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: true })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const accepted = once(listener, 'secureConnection') as Promise<[TLSSocket]>
  const socket = connect({ host: '127.0.0.1', port, ca: ca.cert, ...client })
  await once(socket, 'secureConnect')
  const [peer] = await accepted
  expect(socket.authorized).toBe(true)
  expect(peer.getPeerCertificate().subject.CN).toBe('7')
  socket.destroy()
  peer.destroy()
  listener.close()
})

test('a server certificate names the hosts it was issued for and cannot sign others', async () => {
  const ca = await createCa({ name: 'Test CA' })
  const { cert } = await issueServerCertificate({ ca, names: ['broker.example', '10.0.0.5'] })
  const parsed = new X509Certificate(cert)
  expect(parsed.subjectAltName).toBe('DNS:broker.example, IP Address:10.0.0.5')
  expect(parsed.ca).toBe(false)
  expect(parsed.verify(new X509Certificate(ca.cert).publicKey)).toBe(true)
  expect(new X509Certificate(ca.cert).ca).toBe(true)
})

test('a device keeps its private key and gets a certificate for its request', async () => {
  const ca = await createCa({ name: 'Test CA' })
  const { request, key } = await createCertificateRequest({ cn: '12' })
  const signed = await signCertificateRequest({ ca, cn: '12', request, days: 10 })
  if (!signed.ok) throw new Error(signed.error)
  const { cn, notBefore, notAfter } = describeCertificate(signed.value)
  expect(cn).toBe('12')
  expect(notAfter.getTime() - notBefore.getTime()).toBe(10 * 86_400_000)
  const { createPrivateKey } = await import('node:crypto')
  expect(new X509Certificate(signed.value).checkPrivateKey(createPrivateKey(key))).toBe(true)
})

test('a request for another name, with a broken signature or that is no request is refused', async () => {
  const ca = await createCa({ name: 'Test CA' })
  const { request } = await createCertificateRequest({ cn: '12' })
  expect(await signCertificateRequest({ ca, cn: '13', request })).toMatchObject({ error: 'request-name' })
  const lines = request.trim().split('\n')
  const der = Buffer.from(lines.slice(1, -1).join(''), 'base64')
  der[der.length - 1]! ^= 1
  const broken = `${lines[0]}\n${der.toString('base64')}\n${lines.at(-1)}\n`
  expect(await signCertificateRequest({ ca, cn: '12', request: broken })).toMatchObject({
    error: 'request-signature',
  })
  expect(await signCertificateRequest({ ca, cn: '12', request: 'hello' })).toMatchObject({
    error: 'request-malformed',
  })
})

test('a common name that could be read as a wildcard or as several fields is a bug of the caller', async () => {
  const ca = await createCa({ name: 'Test CA' })
  for (const cn of ['', '+', '#', '7,CN=8', '1/2']) {
    await expect(issueClientCertificate({ ca, cn })).rejects.toThrow(RangeError)
  }
})
