import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { LoraModem } from '../modem/modem.ts'
import type { Facts, ModemFacts, ModemPort, SelfTestOptions, SelfTestPorts } from './ports.ts'
import type { SelfTestProblem } from './problems.ts'

const REGION = 'KR920'
/** Below this a passing lorry or wet leaves cost frames. */
const LEAST_MARGIN_DB = 5
/** The modem is also sending ballots; a link check waits its turn. */
const BUSY_TRIES = 12
const BUSY_WAIT_MS = 2_500

/** Firmware, dialect, region, join state, data rate, and signal of the newest downlink. Sends nothing. */
export async function testModem(
  { modem }: SelfTestPorts,
  { guide }: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (modem === undefined) return err('absent')
  guide.tell({ kind: 'asking-modem' })
  const facts = await modem.facts()
  if (facts === null) return err('modem-missing')
  if (facts.region !== REGION) return err('wrong-region', facts.region)
  const { lastDownlink, ...rest } = facts
  if (!facts.isJoined) return err('not-joined', `${facts.dialect} ${facts.firmware}`)
  return ok({
    ...rest,
    rssiDbm: lastDownlink === null ? null : Math.round(lastDownlink.rssiDbm),
    snrDb: lastDownlink === null ? null : Math.round(lastDownlink.snrDb),
  })
}

/** Asks how well the gateways hear, with one uplink of one byte. */
export async function testLink(
  { modem }: SelfTestPorts,
  { guide, clock, signal }: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (modem === undefined) return err('absent')
  guide.tell({ kind: 'asking-modem' })
  let answer = await modem.linkCheck()
  for (let attempt = 1; !answer.ok && answer.error === 'busy' && attempt < BUSY_TRIES; attempt++) {
    await clock.sleep(BUSY_WAIT_MS, signal).catch(() => {})
    if (signal.aborted) return err('stopped')
    answer = await modem.linkCheck()
  }
  if (!answer.ok) {
    const { error, detail } = answer
    if (error === 'no-answer') return err('no-answer')
    if (error === 'not-joined') return err('not-joined')
    return err(error === 'closed' ? 'modem-missing' : 'modem-failed', detail ?? error)
  }
  const { marginDb, gatewayCount } = answer.value
  if (marginDb < LEAST_MARGIN_DB) return err('link-weak', `${marginDb} dB, ${gatewayCount} gateways`)
  return ok({ marginDb: Math.round(marginDb), gatewayCount })
}

/** A modem in hand as the port of the tests; remembers the signal of downlinks from now on. */
export function modemPort(modem: LoraModem): ModemPort {
  let lastDownlink: ModemFacts['lastDownlink'] = null
  modem.onEvent((event) => {
    if (event.type === 'downlink') lastDownlink = { rssiDbm: event.rssiDbm, snrDb: event.snrDb }
  })
  return {
    async facts() {
      const { dialect, firmware, region, devEui } = modem.info
      const dataRate = modem.isJoined ? await modem.dataRate().catch(() => null) : null
      return { dialect, firmware, region, devEui, isJoined: modem.isJoined, dataRate, lastDownlink }
    },
    linkCheck: () => modem.linkCheck(),
  }
}
