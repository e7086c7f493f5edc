import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { certificateRefusal } from '@hanpyo/gateway-bridge/http/kiosk-certificate.ts'
import { loadKioskConfig } from '@hanpyo/kiosk/config.ts'
import { ledgerFetch } from '@hanpyo/kiosk/ledger-fetch.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { followTlsFiles, readTlsFiles } from '@hanpyo/platform/tls-files.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openDeskBench } from './desk-bench.ts'

test('the files that the device desk writes let an enrolled kiosk speak over HTTPS, until it is revoked', async () => {
  const bench = await openDeskBench()
  onTestFinished(() => bench.small.remove())
  const root = bench.small.folder
  const folders = [await bench.enrol(1), await bench.enrol(2)]
  await bench.must(`device broker --names 127.0.0.1,localhost --out ${root}/pki`)
  const crl = join(root, 'devices', 'device-ca.crl.pem')
  const files = {
    cert: join(root, 'pki/broker.crt.pem'),
    key: join(root, 'pki/broker.key.pem'),
    ca: join(root, 'pki/ca.crt.pem'),
    crl,
    clientMustAuthenticate: false,
  }
  expect(await readFile(join(root, 'pki/crl.pem'), 'utf8')).toBe(await readFile(crl, 'utf8'))
  const server = await serveFetch(
    (request, info) => {
      const kiosk = Number(new URL(request.url).searchParams.get('kiosk'))
      return new Response(certificateRefusal(kiosk, info) ?? 'heard')
    },
    { tls: await readTlsFiles(files) },
  )
  onTestFinished(() => server.close())
  const following = followTlsFiles(files, server, { log: silentLogger })
  onTestFinished(() => following.stop())

  const bundle = join(root, 'bundle.zip')
  await bench.must(
    `provision bundle create --election ${root} --key ${root}/secret/keys/authority.json --out ${bundle}`,
  )
  const load = `--bundle ${bundle} --authority ${bench.small.election.manifest.keys.authority} --yes`
  const kiosks: ((kiosk: number) => Promise<string>)[] = []
  for (const folder of folders) {
    const loading = `provision load-election --dir ${folder} ${load} --ledger ${server.url} --ledger-certificate`
    expect(await bench.run(loading)).toMatchObject({
      code: 52,
      err: expect.stringContaining('kiosk-certificate-missing'),
    })
    const wifi = `--ssid Hall --open --root ${folder}/image --broker mqtts://broker.example:8883`
    await bench.must(`provision wifi --dir ${folder} ${wifi} --no-check --yes`)
    await bench.must(loading)
    const { ledger } = expectOk(await loadKioskConfig(join(folder, 'kiosk.toml'), {}))
    if (ledger === undefined) throw new Error('no ledger in kiosk.toml')
    const { fetch, close } = expectOk(await ledgerFetch(ledger))
    onTestFinished(close)
    kiosks.push(async (kiosk) => (await fetch(`${server.url}/?kiosk=${kiosk}`)).text())
  }
  const [speak1, speak2] = kiosks as [(typeof kiosks)[0], (typeof kiosks)[0]]
  expect([await speak1(1), await speak2(2)]).toEqual(['heard', 'heard'])
  expect([await speak1(2), await speak2(1)]).toEqual(['certificate-of-another', 'certificate-of-another'])

  await bench.run('provision revoke --kiosk 1 --yes')
  expect(await following.reload()).toBe(true)
  expect([await speak1(1), await speak1(1)]).toEqual(['connection-too-old', 'certificate-revoked'])
  expect([await speak2(2), await speak2(2)]).toEqual(['connection-too-old', 'heard'])
})
