import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { RadioChannel } from '../radio/channel.ts'
import type { SeededRandom } from '../random.ts'
import { BurstLossLinks } from './burst-loss.ts'
import type { FaultPatch, FaultSettings, TimelineEvent } from './fault-settings.ts'
import type { InterruptibleMessaging } from './interruptible.ts'

/** What faults need of a modem, of whatever dialect. */
export interface FaultyModem {
  readonly faults: { silence: number; garble: number }
  reboot(): Promise<void>
}

export type GatewayState = 'on' | 'off' | 'no-backhaul'

interface Site {
  readonly gateway: Gateway
  readonly link: InterruptibleMessaging
}

/** A modem that loses power during an uplink does so within this time: on air, waiting or receiving. */
const LATEST_BROWN_OUT_MS = 7000

/**
 * Everything that can be made to go wrong, from one seed: settings that take effect with the next frame, and events on
 * a timeline. Faults of the radio are shares per frame and link; what a fault did is counted in `counts`.
 */
export class FaultInjector {
  readonly settings: FaultSettings
  readonly counts = { brownOuts: 0, lostEvents: 0 }
  readonly #parts: { clock: Clock; random: SeededRandom; log: Logger; radio: RadioChannel }
  readonly #bursts: BurstLossLinks
  readonly #brownOutDice = new Map<string, SeededRandom>()
  readonly #eventDice: SeededRandom
  readonly #sites = new Map<string, Site>()
  readonly #modems = new Map<string, FaultyModem>()
  readonly #timers = new Set<Timer>()
  readonly #detach: () => void
  #serverLink: InterruptibleMessaging | undefined

  constructor(parts: {
    clock: Clock
    random: SeededRandom
    log: Logger
    radio: RadioChannel
    settings: FaultSettings
  }) {
    const { radio, random, settings } = parts
    this.#parts = parts
    this.settings = structuredClone(settings)
    this.#bursts = new BurstLossLinks(random.fork('burst'), {
      up: settings.burstUp,
      down: settings.burstDown,
    })
    this.#eventDice = random.fork('event-loss')
    radio.extraLoss = (direction, link) => this.#bursts.isLost(direction, link)
    this.#detach = radio.observe({
      onSent: ({ direction, source }, isReplay) => {
        if (direction === 'up' && !isReplay) this.#maybeBrownOut(source)
      },
    })
  }

  get gateways(): ReadonlyMap<string, Site> {
    return this.#sites
  }

  addGateway(gateway: Gateway, link: InterruptibleMessaging): void {
    this.#sites.set(gateway.id, { gateway, link })
  }

  addServer(link: InterruptibleMessaging): void {
    this.#serverLink = link
  }

  /** Line faults that the modem has of its own stay unless there are some for all modems. */
  addModem(id: string, modem: FaultyModem): void {
    this.#modems.set(id, modem)
    const { uartSilence, uartGarble } = this.settings
    if (uartSilence > 0) modem.faults.silence = uartSilence
    if (uartGarble > 0) modem.faults.garble = uartGarble
  }

  /** Changes what is named; the rest stays. */
  apply(patch: FaultPatch): FaultSettings {
    const named = Object.entries(patch).filter(([, value]) => value !== undefined)
    Object.assign(this.settings, Object.fromEntries(named))
    Object.assign(this.#bursts.settings.up, this.settings.burstUp)
    Object.assign(this.#bursts.settings.down, this.settings.burstDown)
    for (const { faults } of this.#modems.values()) {
      faults.silence = patch.uartSilence ?? faults.silence
      faults.garble = patch.uartGarble ?? faults.garble
    }
    return this.settings
  }

  /** Whether the network server loses its next application event. */
  readonly losesEvent = (): boolean => {
    const isLost = this.#eventDice.next() < this.settings.eventLoss
    if (isLost) this.counts.lostEvents++
    return isLost
  }

  /** False when there is no such gateway. */
  async setGateway(id: string, state: GatewayState): Promise<boolean> {
    const site = this.#sites.get(id)
    if (site === undefined) return false
    this.#parts.log.info('gateway-state', { gatewayId: id, state })
    if (state !== 'no-backhaul') site.link.restore()
    if (state === 'off') await site.gateway.switchOff()
    else await site.gateway.switchOn()
    if (state === 'no-backhaul') site.link.interrupt()
    return true
  }

  /** Cuts or restores every connection of this simulator to the broker. */
  setBroker(isDown: boolean): void {
    this.#parts.log.info('broker-state', { isDown })
    const links = [...this.#sites.values()].map(({ link }) => link)
    if (this.#serverLink !== undefined) links.push(this.#serverLink)
    for (const link of links) {
      if (isDown) link.interrupt()
      else link.restore()
    }
  }

  /** Starts a timeline now; events without a gateway or modem concern all of them. */
  play(timeline: readonly TimelineEvent[]): void {
    for (const event of timeline) this.#after(event.atSeconds, () => this.#happen(event))
  }

  /** Ends the timeline and every interruption. */
  close(): void {
    this.#detach()
    for (const timer of this.#timers) this.#parts.clock.clearTimeout(timer)
    this.#timers.clear()
    this.setBroker(false)
  }

  #happen(event: TimelineEvent): void {
    this.#parts.log.info('timeline-event', { event: event.event })
    switch (event.event) {
      case 'gateway-off':
      case 'gateway-no-backhaul': {
        const ids = event.gateway === undefined ? [...this.#sites.keys()] : [event.gateway]
        const set = (state: GatewayState) => {
          for (const id of ids) void this.setGateway(id, state)
        }
        set(event.event === 'gateway-off' ? 'off' : 'no-backhaul')
        if (event.forSeconds !== undefined) this.#after(event.forSeconds, () => set('on'))
        return
      }
      case 'broker-down':
        this.setBroker(true)
        if (event.forSeconds !== undefined) this.#after(event.forSeconds, () => this.setBroker(false))
        return
      case 'brown-out':
        for (const [id, modem] of this.#modems) {
          if (event.modem === undefined || event.modem === id) this.#brownOut(modem)
        }
        return
      case 'replay':
        for (const id of event.modem === undefined ? this.#modems.keys() : [event.modem]) {
          this.#parts.radio.replayLastUplink(id)
        }
        return
      case 'loss':
        this.#parts.radio.loss.up = event.up ?? this.#parts.radio.loss.up
        this.#parts.radio.loss.down = event.down ?? this.#parts.radio.loss.down
        return
      case 'faults':
        this.apply(event.set)
    }
  }

  #after(seconds: number, work: () => void): void {
    const timer = this.#parts.clock.setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, seconds * 1000)
    this.#timers.add(timer)
  }

  #maybeBrownOut(id: string): void {
    const modem = this.#modems.get(id)
    if (modem === undefined) return
    const dice = this.#brownOutDice.get(id) ?? this.#parts.random.fork(`brown-out/${id}`)
    this.#brownOutDice.set(id, dice)
    if (dice.next() >= this.settings.brownOuts) return
    this.#after(dice.integer(LATEST_BROWN_OUT_MS) / 1000, () => this.#brownOut(modem))
  }

  #brownOut(modem: FaultyModem): void {
    this.counts.brownOuts++
    void modem.reboot()
  }
}
