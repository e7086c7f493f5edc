import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import type { DownlinkItem, TxAckMessage, UplinkMessage } from '../gateway/messages.ts'
import { sealDataFrame } from '../mac/codec.ts'
import { encodeServerCommands, type ServerCommand } from '../mac/commands.ts'
import { MAX_FOPTS_BYTES } from '../mac/frame.ts'
import { type DataRate, maxPayload, rx1DataRate, spreadingFactor } from '../radio/kr920.ts'
import { type DeviceEntry, publishLog, type ServerContext } from './context.ts'
import { chooseGateway, DEFAULT_MIN_MARGIN_DB } from './gateway-choice.ts'
import { takeNextItem } from './queue.ts'
import { rx2FrequencyOf, serverRequests } from './server-requests.ts'
import type { QueueItem, ServerSession } from './types.ts'
import type { UplinkOutcome } from './uplink-flow.ts'
import { dataRateOfSet } from './uplink-set.ts'

/** After this long without tx-ack a downlink is forgotten and its queue item tried again. */
const TX_ACK_TTL_MS = 30_000

interface SentDownlink {
  readonly entry: DeviceEntry
  readonly session: ServerSession
  readonly queueItem: QueueItem | undefined
  readonly fCntDown: number
  /** In the order offered to the gateway. */
  readonly alternatives: readonly { readonly item: DownlinkItem; readonly carriesData: boolean }[]
}

/** One downlink per class A uplink, and what the gateway's tx-ack says about it. */
export class DownlinkFlow {
  readonly #context: ServerContext
  readonly #sent = new Map<number, SentDownlink>()

  constructor(context: ServerContext) {
    this.#context = context
  }

  /** Waits for the application to answer, then reads the queue and sends what there is. */
  async respond(uplink: UplinkOutcome): Promise<void> {
    const { clock, settings } = this.#context
    const session = uplink.entry.record.session
    if (session === null) return
    const extraS = Math.max(0, session.rx1DelayS - settings.region.rx1DelayS)
    await clock.sleep(settings.getDownlinkDataDelayMs + extraS * 1000)
    if (uplink.entry.record.session !== session) return
    const roomInRx1 = maxPayload(rx1DataRate(dataRateOfSet(uplink.set), session.rx1DataRateOffset))
    const { deduplicationId, entry } = uplink
    const next = await takeNextItem(this.#context, entry, { room: roomInRx1, deduplicationId })
    const requests = serverRequests(session, entry.settings, clock.now())
    const commands = [...uplink.answers, ...requests]
    if (next.item === undefined && commands.length === 0 && !uplink.mustAck && !uplink.mustSend) return
    await this.#send(uplink, session, { commands, queueItem: next.item, hasMore: next.hasMore })
  }

  /** OK removes an unconfirmed item (`txack`) or makes a confirmed one pending; anything else leaves it in the queue. */
  async onTxAck(ack: TxAckMessage): Promise<void> {
    const sent = this.#sent.get(ack.downlinkId)
    if (sent === undefined || ack.statuses.length === 0 || ack.statuses.length > sent.alternatives.length)
      return
    this.#sent.delete(ack.downlinkId)
    const { entry, queueItem, session } = sent
    const used = ack.statuses.indexOf('OK')
    if (used === -1) {
      return publishLog(this.#context, entry, {
        level: 'ERROR',
        code: 'DOWNLINK_GATEWAY',
        description: ack.statuses.at(-1)!,
        context: {},
      })
    }
    if (entry.record.session === session) session.nextFCntDown = sent.fCntDown + 1
    const alternative = sent.alternatives[used]!
    if (queueItem !== undefined && alternative.carriesData)
      this.#settle(ack, sent, queueItem, alternative.item)
    await this.#context.save(entry)
  }

  #settle(ack: TxAckMessage, sent: SentDownlink, queueItem: QueueItem, item: DownlinkItem): void {
    const { record, events } = sent.entry
    if (queueItem.isConfirmed) queueItem.isPending = true
    else record.queue = record.queue.filter((one) => one.id !== queueItem.id)
    const event = events.txack({
      downlinkId: ack.downlinkId,
      timeMs: this.#context.clock.now(),
      queueItemId: queueItem.id,
      fCntDown: sent.fCntDown,
      gatewayId: ack.gatewayId,
      item,
    })
    this.#context.publishEvent(sent.entry, 'txack', event)
  }

  async #send(
    uplink: UplinkOutcome,
    session: ServerSession,
    content: { commands: ServerCommand[]; queueItem: QueueItem | undefined; hasMore: boolean },
  ): Promise<void> {
    const { context, entry } = { context: this.#context, entry: uplink.entry }
    const fCntDown = session.nextFCntDown
    if (content.queueItem !== undefined) content.queueItem.fCntDown = fCntDown
    const minMarginDb = context.settings.gatewayPreferMinMarginDb ?? DEFAULT_MIN_MARGIN_DB
    const via = chooseGateway(uplink.set.frames, minMarginDb, context.random)
    const alternatives = this.#windows(uplink, session, via).map(({ room, ...window }) => {
      const sealed = sealDownlink(entry, session, { ...content, fCntDown, room, isAck: uplink.mustAck })
      return { item: { ...window, phyPayload: sealed.phyPayload }, carriesData: sealed.carriesData }
    })
    const downlinkId = context.random.integer(2 ** 32)
    this.#sent.set(downlinkId, { entry, session, queueItem: content.queueItem, fCntDown, alternatives })
    context.clock.setTimeout(() => this.#sent.delete(downlinkId), TX_ACK_TTL_MS)
    await context.sendDownlink({
      gatewayId: via.gatewayId,
      downlinkId,
      items: alternatives.map(({ item }) => item),
    })
  }

  #windows(
    uplink: UplinkOutcome,
    session: ServerSession,
    via: UplinkMessage,
  ): (Omit<DownlinkItem, 'phyPayload'> & { room: number })[] {
    const rx1 = rx1DataRate(dataRateOfSet(uplink.set), session.rx1DataRateOffset)
    const rx2 = session.rx2DataRate as DataRate
    const common = { powerDbm: this.#context.settings.region.downlinkPowerDbm, context: via.context }
    const delayMs = session.rx1DelayS * 1000
    return [
      {
        ...common,
        frequencyHz: via.frequencyHz,
        spreadingFactor: spreadingFactor(rx1),
        timing: { type: 'delay', delayMs },
        room: maxPayload(rx1),
      },
      {
        ...common,
        frequencyHz: rx2FrequencyOf(session),
        spreadingFactor: spreadingFactor(rx2),
        timing: { type: 'delay', delayMs: delayMs + 1000 },
        room: maxPayload(rx2),
      },
    ]
  }
}

/** MAC commands of more than 15 bytes take the frame for themselves (FPort 0); otherwise data rides along if it fits. */
function sealDownlink(
  entry: DeviceEntry,
  session: ServerSession,
  content: {
    commands: readonly ServerCommand[]
    queueItem: QueueItem | undefined
    hasMore: boolean
    fCntDown: number
    room: number
    isAck: boolean
  },
): { phyPayload: Uint8Array; carriesData: boolean } {
  const macBytes = encodeServerCommands(content.commands)
  const isMacOnly = macBytes.length > MAX_FOPTS_BYTES
  const data = content.queueItem === undefined ? undefined : fromBase64(content.queueItem.data)
  const carriesData = !isMacOnly && data !== undefined && data.length + macBytes.length <= content.room
  const none = new Uint8Array(0)
  const phyPayload = sealDataFrame(
    {
      direction: 'down',
      isConfirmed: carriesData && content.queueItem!.isConfirmed,
      devAddr: session.devAddr,
      control: {
        adr: true,
        adrAckReq: false,
        ack: content.isAck,
        fPending: content.hasMore || (data !== undefined && !carriesData),
      },
      fCnt: content.fCntDown,
      fOpts: isMacOnly ? none : macBytes,
      fPort: isMacOnly ? 0 : carriesData ? content.queueItem!.fPort : undefined,
      payload: isMacOnly ? macBytes : carriesData ? data : none,
    },
    entry.keys!,
  )
  return { phyPayload, carriesData }
}
