import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { MqttOptions } from '@hanpyo/platform/mqtt/client.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BridgeConfig } from '../config.ts'

type BrokerOptions = Pick<MqttOptions, 'url' | 'protocolVersion' | 'clean' | 'clientId' | 'tls'>

/** What every connection to the broker begins with, its PEM files read and looked at. The detail names what is wrong. */
export async function readBrokerFiles(
  mqtt: BridgeConfig['mqtt'],
): Promise<Result<BrokerOptions, 'config-invalid'>> {
  const { url, version, clientId } = mqtt
  const common = { url, protocolVersion: version, clientId, clean: false }
  if (mqtt.ca === undefined) return ok(common)
  const texts: { ca?: string; cert?: string; key?: string } = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = mqtt[name]
    if (path === undefined) continue
    const text = await readNamedFile(`mqtt.${name}`, path)
    if (!text.ok) return text
    texts[name] = text.value
  }
  const { ca = '', ...own } = texts
  try {
    // Node takes a text that is no authority, and then trusts nobody.
    new X509Certificate(ca)
    createSecureContext(own)
  } catch (error) {
    // The code alone: what OpenSSL says of a key may quote it.
    const { code } = error as NodeJS.ErrnoException
    return err('config-invalid', `mqtt.ca, mqtt.cert and mqtt.key are no PEM files that fit: ${code}`)
  }
  return ok({ ...common, tls: { ca, ...own } })
}

/** A text file that the configuration names; the detail begins with `name`. */
export async function readNamedFile(name: string, path: string): Promise<Result<string, 'config-invalid'>> {
  try {
    return ok(await readFile(path, 'utf8'))
  } catch (error) {
    return err('config-invalid', `${name}: ${(error as Error).message}`)
  }
}
