import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { type DeviceEntry, publishLog, type ServerContext } from './context.ts'
import type { QueueItem } from './types.ts'

/**
 * The first item of the queue that can be sent now. On the way it removes what cannot: confirmed items nobody
 * acknowledged (`ack` with acknowledged=false), expired ones and ones that are too long for RX1 (`log` events).
 */
export async function takeNextItem(
  context: ServerContext,
  entry: DeviceEntry,
  limits: { room: number; deduplicationId: string },
): Promise<{ item: QueueItem | undefined; hasMore: boolean }> {
  const { record } = entry
  let hasChanged = false
  for (let item = record.queue[0]; item !== undefined; item = record.queue[0]) {
    const obstacle = obstacleOf(context, item, limits.room)
    if (obstacle === undefined) break
    record.queue.shift()
    hasChanged = true
    reportRemoval(context, entry, { item, obstacle, ...limits })
  }
  if (hasChanged) await context.save(entry)
  return { item: record.queue[0], hasMore: record.queue.length > 1 }
}

type Obstacle = 'unacknowledged' | 'expired' | 'too-long'

function obstacleOf(context: ServerContext, item: QueueItem, room: number): Obstacle | undefined {
  if (item.isPending) return 'unacknowledged'
  if (item.expiresAtMs !== undefined && item.expiresAtMs < context.clock.now()) return 'expired'
  return fromBase64(item.data).length > room ? 'too-long' : undefined
}

function reportRemoval(
  context: ServerContext,
  entry: DeviceEntry,
  removal: { item: QueueItem; obstacle: Obstacle; room: number; deduplicationId: string },
): void {
  const { item, obstacle, room, deduplicationId } = removal
  if (obstacle === 'unacknowledged') {
    const event = entry.events.ack({
      deduplicationId,
      timeMs: context.clock.now(),
      queueItemId: item.id,
      isAcknowledged: false,
      fCntDown: item.fCntDown ?? 0,
    })
    context.publishEvent(entry, 'ack', event)
  } else if (obstacle === 'expired') {
    publishLog(context, entry, {
      level: 'ERROR',
      code: 'EXPIRED',
      description: 'Device queue-item discarded because it has expired',
      context: { queue_item_id: item.id },
    })
  } else {
    publishLog(context, entry, {
      level: 'ERROR',
      code: 'DOWNLINK_PAYLOAD_SIZE',
      description: 'Device queue-item discarded because it exceeds the max. payload size',
      context: {
        max_payload_size: String(room),
        item_size: String(fromBase64(item.data).length),
        queue_item_id: item.id,
      },
    })
  }
}
