import { hasShape, type Shape } from '../../gateway/wire-shape.ts'

const MAP: Shape = { 1: 'bytes', 2: 'bytes' }
const TIME: Shape = { 1: 'varint', 2: 'varint' }
const LOCATION: Shape = { 1: 'fixed64', 2: 'fixed64', 3: 'fixed64', 4: 'varint', 5: 'fixed32' }
const TEXTS: Shape = {}

/**
 * The nested messages of the requests the stand-in reads (`api/proto/api/*.proto`, 4.19): of an object to create or
 * update, of a queue item, of a filter by tags. A field that is not named here is a text, a number or a list of them.
 */
const SHAPES: Readonly<Record<string, Shape>> = {
  '/api.TenantService/Create': { 1: { 9: MAP } },
  '/api.TenantService/Update': { 1: { 9: MAP } },
  '/api.ApplicationService/Create': { 1: { 5: MAP } },
  '/api.ApplicationService/Update': { 1: { 5: MAP } },
  '/api.DeviceProfileService/Create': { 1: { 25: MAP, 27: { 1: 'bytes', 2: {} }, 54: {} } },
  '/api.DeviceProfileService/Update': { 1: { 25: MAP, 27: { 1: 'bytes', 2: {} }, 54: {} } },
  '/api.DeviceService/Create': { 1: { 8: MAP, 9: MAP } },
  '/api.DeviceService/Update': { 1: { 8: MAP, 9: MAP } },
  '/api.DeviceService/List': { 8: MAP },
  '/api.DeviceService/CreateKeys': { 1: TEXTS },
  '/api.DeviceService/UpdateKeys': { 1: TEXTS },
  '/api.DeviceService/Activate': { 1: TEXTS },
  // No codec runs here, so a decoded object (6) is refused before it is read.
  '/api.DeviceService/Enqueue': { 1: { 6: 'never', 10: TIME } },
  '/api.GatewayService/Create': { 1: { 4: LOCATION, 6: MAP, 7: MAP } },
  '/api.GatewayService/Update': { 1: { 4: LOCATION, 6: MAP, 7: MAP } },
  '/api.InternalService/CreateApiKey': { 1: TEXTS },
}

/** Methods with a nested request that the stand-in does not read. */
const UNREAD =
  /^\/api\.(ApplicationService\/.*Integration|TenantService\/(Add|Update)User|GatewayService\/UpdateRelay)/

/** Whether the request of a method can be handed to google-protobuf. */
export function fitsService(path: string, bytes: Uint8Array): boolean {
  if (UNREAD.test(path)) return bytes.length === 0
  return hasShape(bytes, SHAPES[path] ?? {})
}
