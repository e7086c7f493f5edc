import { once } from 'node:events'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { clientCertificate, watchConnectionAges } from './client-certificate.ts'
import { serveFetch } from './http-server.ts'
import { createTestCertificates } from './testing/certificates.ts'

test('a connection that outlives its certificate is known by it no longer', () => {
  const endsMs = Date.UTC(2026, 10, 23)
  const shown = { commonName: '7', endsMs }
  expect(clientCertificate(shown, new Date(endsMs))).toEqual({ commonName: '7' })
  expect(clientCertificate(shown, new Date(endsMs + 1))).toEqual({ problem: 'certificate-expired' })
})

test('a server that asks for no certificates says nothing about them, one that asks says what is wrong', async () => {
  const { server: tls, client } = await createTestCertificates()
  const { cert, key } = await client('7')
  const { ca, ...own } = tls
  const told = async (serverTls: typeof own & { ca?: string; clientMustAuthenticate?: boolean }) => {
    const server = await serveFetch((_request, info) => Response.json(info), { tls: serverTls })
    onTestFinished(() => server.close(0))
    const answers: unknown[] = []
    for (const credentials of [{ cert, key }, {}]) {
      const sent = request(server.url, { ca, agent: false, ...credentials })
      sent.end()
      const [answer] = await once(sent, 'response')
      let text = ''
      for await (const part of answer) text += part
      answers.push(JSON.parse(text))
    }
    return answers
  }
  const remoteAddress = '127.0.0.1'
  expect(await told(own)).toEqual([{ remoteAddress }, { remoteAddress }])
  expect(await told({ ...own, ca, clientMustAuthenticate: false })).toEqual([
    { remoteAddress, clientCommonName: '7' },
    { remoteAddress, clientCertificateProblem: 'certificate-missing' },
  ])
})

test('an old connection stays old when its client uses the same port towards another address of the server', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  const ages = watchConnectionAges(server)
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = async (host: string, localPort?: number) => {
    const accepted = once(server, 'connection')
    const from = localPort === undefined ? {} : { localPort }
    const client = connect({ host, port, localAddress: '127.0.0.1', ...from })
    onTestFinished(() => void client.destroy())
    await once(client, 'connect')
    const [socket] = (await accepted) as [Socket]
    return { socket, localPort: client.localPort as number }
  }
  const first = await open('127.0.0.1')
  ages.renewed()
  expect(ages.isCurrent(first.socket)).toBe(false)
  const second = await open('127.0.0.2', first.localPort)
  expect(second.socket.remotePort).toBe(first.socket.remotePort)
  expect(ages.isCurrent(second.socket)).toBe(true)
  expect(ages.isCurrent(first.socket)).toBe(false)
})
