import { readFile } from 'node:fs/promises'
import type { FetchHandler } from '@hanpyo/platform/http-server.ts'
import { encodeMonochromePng } from '@hanpyo/platform/png.ts'
import { z } from 'zod'
import { parseJsonObject } from '../messaging.ts'
import { DEVICE_NAMES, KEYPAD_CODES, type SimulatedDevices, SWITCH_CODES } from './simulated-devices.ts'

const scanBody = z.strictObject({ text: z.string().regex(/^[\x20-\x7e]{1,512}$/) })
const keyBody = z.discriminatedUnion('device', [
  z.strictObject({ device: z.literal('keypad'), code: z.enum(KEYPAD_CODES), isDown: z.boolean() }),
  z.strictObject({ device: z.literal('switches'), code: z.enum(SWITCH_CODES), isDown: z.boolean() }),
])
const plugBody = z.strictObject({ device: z.enum(DEVICE_NAMES), isPlugged: z.boolean() })
const printerBody = z
  .strictObject({
    paper: z.enum(['ok', 'low', 'out']),
    isCoverOpen: z.boolean(),
    isOnline: z.boolean(),
    isCutterJammed: z.boolean(),
    isSilent: z.boolean(),
    knowsMarker: z.boolean(),
    millimetresPerSecond: z.number().min(0).max(1_000),
    rowsOfPaperLeft: z.number().int().min(1).max(100_000),
    bytesUntilDrop: z.number().int().min(0).max(10_000_000),
  })
  .partial()

const ASSETS: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
}
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
/** Browsers that watch at the same time. */
const MOST_WATCHERS = 16
/** Messages one of them may be behind. */
const MOST_UNREAD = 100

export interface DevicesPageOptions {
  readonly devices: SimulatedDevices
  /** Codes the page offers for scanning, for example test slips. */
  readonly slips?: readonly { readonly name: string; readonly text: string }[]
}

/**
 * The page on which a person plays with the devices, and what it calls. Only for the loopback interface: other names in
 * the Host header and requests from other pages are refused.
 */
export function createDevicesHandler({ devices, slips = [] }: DevicesPageOptions): FetchHandler {
  let watchers = 0

  function watch(request: Request): Response {
    if (watchers >= MOST_WATCHERS) return problem(503, 'too-many-watchers')
    watchers++
    const encoder = new TextEncoder()
    let stop = () => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        let isQueued = false
        const send = () => {
          isQueued = false
          // A browser that stopped reading gets what is current when it comes back with a new request.
          if ((controller.desiredSize ?? 0) < -MOST_UNREAD) return
          controller.enqueue(encoder.encode(`data: ${JSON.stringify(devices.state())}\n\n`))
        }
        // Many changes at once, such as a whole receipt, are one message.
        const unsubscribe = devices.onChange(() => {
          if (!isQueued) setImmediate(() => isStopped || send())
          isQueued = true
        })
        let isStopped = false
        stop = () => {
          if (isStopped) return
          isStopped = true
          watchers--
          unsubscribe()
        }
        request.signal.addEventListener('abort', () => {
          stop()
          controller.close()
        })
        send()
      },
      cancel: () => stop(),
    })
    return new Response(body, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  }

  async function act(path: string, request: Request): Promise<Response> {
    // A form of another site cannot send this type without asking first.
    if (request.headers.get('content-type') !== 'application/json') return problem(415, 'json-only')
    const json = parseJsonObject(new Uint8Array(await request.arrayBuffer()))
    switch (path) {
      case '/scan':
        return apply(scanBody, json, ({ text }) => devices.scan(text))
      case '/key':
        return apply(keyBody, json, ({ device, code, isDown }) => devices.setKey(device, code, isDown))
      case '/plug':
        return apply(plugBody, json, ({ device, isPlugged }) => devices.setPlugged(device, isPlugged))
      case '/printer':
        return apply(printerBody, json, (patch) =>
          devices.printer.change(
            Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
          ),
        )
      default:
        return problem(404, 'not-found')
    }
  }

  return async (request) => {
    const { pathname, hostname } = new URL(request.url)
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return problem(403, 'loopback-only')
    if (request.method === 'POST') return act(pathname, request)
    if (request.method !== 'GET') return problem(405, 'bad-method')
    if (pathname === '/state') return Response.json(devices.state())
    if (pathname === '/slips') return Response.json(slips)
    if (pathname === '/events') return watch(request)
    const receipt = /^\/receipts\/([0-9]{1,9})\.png$/.exec(pathname)?.[1]
    if (receipt !== undefined) return receiptImage(devices, Number(receipt))
    // Browsers ask for one by themselves.
    if (pathname === '/favicon.ico') return new Response(null, { status: 204 })
    const asset = Object.hasOwn(ASSETS, pathname) ? ASSETS[pathname] : undefined
    return asset === undefined ? problem(404, 'not-found') : sendAsset(asset)
  }
}

async function apply<T>(
  schema: z.ZodType<T>,
  json: unknown,
  run: (body: T) => void | Promise<void>,
): Promise<Response> {
  const body = schema.safeParse(json)
  if (!body.success) return problem(400, z.prettifyError(body.error))
  await run(body.data)
  return Response.json({ ok: true })
}

function receiptImage(devices: SimulatedDevices, number: number): Response {
  const receipt = devices.printer.receipts.find((one) => one.number === number)
  if (receipt === undefined) return problem(404, 'not-found')
  const headers = { 'content-type': 'image/png', 'cache-control': 'no-store' }
  return new Response(encodeMonochromePng(receipt.image) as Uint8Array<ArrayBuffer>, { headers })
}

async function sendAsset([file, type]: readonly [string, string]): Promise<Response> {
  const bytes = await readFile(new URL(`./page/${file}`, import.meta.url))
  return new Response(new Uint8Array(bytes), {
    headers: { 'content-type': type, 'cache-control': 'no-store', 'content-security-policy': POLICY },
  })
}

function problem(status: number, error: string): Response {
  return Response.json({ ok: false, error }, { status })
}
