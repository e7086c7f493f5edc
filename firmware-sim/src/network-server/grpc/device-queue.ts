import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { err, ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { QueueItem } from '../types.ts'
import type { Caller } from './access.ts'
import { findDevice, permitDevice } from './device-service.ts'
import type { GrpcService } from './serve.ts'
import { type ServiceContext, timestamp } from './service-context.ts'
import { danglingReference, invalid, missing, type Outcome } from './status.ts'

/** The downlink queue of a device. */
export function deviceQueueMethods(context: ServiceContext): GrpcService['methods'] {
  const { server } = context
  return {
    enqueue: (request: devicePb.EnqueueDeviceQueueItemRequest, caller) => enqueue(context, request, caller),

    async flushQueue(request: devicePb.FlushDeviceQueueRequest, caller) {
      const devEui = permitDevice(context, request.getDevEui(), caller, 'change')
      if (!devEui.ok) return devEui
      const entry = server.device(devEui.value)
      if (entry !== undefined) {
        entry.record.queue = []
        await server.save(entry)
      }
      return ok(new emptyPb.Empty())
    },

    async getQueue(request: devicePb.GetDeviceQueueItemsRequest, caller) {
      const devEui = permitDevice(context, request.getDevEui(), caller, 'read')
      if (!devEui.ok) return devEui
      const queue = server.device(devEui.value)?.record.queue ?? []
      const response = new devicePb.GetDeviceQueueItemsResponse()
      response.setTotalCount(queue.length)
      response.setResultList(queue.map((item) => describe(devEui.value, item)))
      return ok(response)
    },

    async getNextFCntDown(request: devicePb.GetDeviceNextFCntDownRequest, caller) {
      const found = findDevice(context, request.getDevEui(), caller, 'read')
      if (!found.ok) return found
      const record = server.device(found.value.message.getDevEui())!.record
      const inQueue = record.queue.map((item) => item.fCntDown ?? 0)
      const response = new devicePb.GetDeviceNextFCntDownResponse()
      response.setFCntDown(Math.max(record.session?.nextFCntDown ?? 0, Math.max(0, ...inQueue) + 1))
      return ok(response)
    },
  }
}

async function enqueue(
  context: ServiceContext,
  request: devicePb.EnqueueDeviceQueueItemRequest,
  caller: Caller,
): Promise<Outcome<devicePb.EnqueueDeviceQueueItemResponse>> {
  const wanted = request.getQueueItem()
  if (wanted === undefined) return missing('queue_item')
  const devEui = permitDevice(context, wanted.getDevEui(), caller, 'change')
  if (!devEui.ok) return devEui
  if (wanted.getIsEncrypted()) {
    return err('unimplemented', 'the stand-in network server takes no encrypted queue items')
  }
  // ChirpStack keeps the low byte and looks at the range afterwards: 300 becomes 44.
  const fPort = wanted.getFPort() & 0xff
  if (fPort === 0) return invalid('FPort must be between 1 - 255')
  const entry = context.server.device(devEui.value)
  if (entry === undefined) return danglingReference()
  const expiresAt = wanted.getExpiresAt()
  const item: QueueItem = {
    id: context.newId(),
    fPort,
    isConfirmed: wanted.getConfirmed(),
    data: wanted.getData_asB64(),
    expiresAtMs: expiresAt?.toDate().getTime(),
    isPending: false,
    fCntDown: undefined,
  }
  const { record } = entry
  if (request.getFlushQueue()) record.queue = record.queue.filter((one) => one.isPending)
  record.queue.push(item)
  await context.server.save(entry)
  const response = new devicePb.EnqueueDeviceQueueItemResponse()
  response.setId(item.id)
  return ok(response)
}

function describe(devEui: string, item: QueueItem): devicePb.DeviceQueueItem {
  const described = new devicePb.DeviceQueueItem()
  described.setId(item.id)
  described.setDevEui(devEui)
  described.setConfirmed(item.isConfirmed)
  described.setFPort(item.fPort)
  described.setData(item.data)
  described.setIsPending(item.isPending)
  described.setFCntDown(item.fCntDown ?? 0)
  if (item.expiresAtMs !== undefined) described.setExpiresAt(timestamp(item.expiresAtMs))
  return described
}
