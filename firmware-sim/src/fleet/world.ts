import {
  type DataRate,
  GATEWAY_MAX_EIRP_DBM,
  LBT_THRESHOLD_DBM,
  maxEirpDbm,
  spreadingFactor,
} from '../radio/kr920.ts'
import {
  createShadowing,
  DEFAULT_PROPAGATION,
  NOISE_FLOOR_DBM,
  type Position,
  PROPAGATION_MODELS,
  type PropagationOptions,
  pathLossDb,
  snrFloorDb,
} from '../radio/propagation.ts'
import type { SeededRandom } from '../random.ts'
import type { FleetScenario } from './scenario.ts'

export interface KioskSite {
  readonly id: number
  readonly centre: number
  readonly position: Position
  readonly indoorLossDb: number
  readonly dataRate: DataRate
  readonly powerDbm: number
  /** SNR of the best gateway above what its data rate needs, dB, without fading. */
  readonly marginDb: number
}

/** Who is where and how much is lost between them; everything about the map that does not change. */
export interface FleetWorld {
  readonly kiosks: readonly KioskSite[]
  readonly gatewayCount: number
  readonly fadingDb: number
  /** Loss from a kiosk's to a gateway's antenna, gains counted in, dB. */
  lossDb(kiosk: number, gateway: number): number
  /** The same without the gateway's antenna gain, which its EIRP already contains, dB. */
  downlinkLossDb(kiosk: number, gateway: number): number
  /** Whether a kiosk senses another kiosk, or a gateway, that sends at its full power. */
  hearsKiosk(listener: number, sender: number): boolean
  hearsGateway(listener: number, gateway: number): boolean
}

/** ChirpStack's default ADR algorithm counts in steps of 3 dB: first the data rate, then the power. */
const ADR_STEP_DB = 3
const POWER_STEP_DB = 2
const LOWEST_POWER_INDEX = 7
const DEVICE_EIRP_DBM = maxEirpDbm(922_100_000)

/** Lays the map out: kiosks of a centre stand in a row, losses are drawn per link, ADR has settled. */
export function buildWorld(scenario: FleetScenario, random: SeededRandom): FleetWorld {
  const model = propagationOf(scenario)
  const shadowing = createShadowing(random, model.shadowingDb)
  const places = scenario.centres.flatMap((centre, index) =>
    Array.from({ length: centre.kiosks }, (_, i) => ({
      centre: index,
      position: { x: centre.position[0] + i * scenario.radio.kioskSpacingM, y: centre.position[1] },
      indoorLossDb: centre.indoorLossDb,
      wanted: centre.dataRate ?? scenario.kiosk.dataRate,
    })),
  )
  const gateways = scenario.gateways.map(({ name, position: [x, y], antennaGainDb }) => ({
    name,
    position: { x, y },
    antennaGainDb,
  }))
  // A link's shadowing belongs to the building: kiosks of one centre share it.
  const losses = places.map((place) =>
    gateways.map(
      (gateway) =>
        pathLossDb(place.position, gateway.position, model) +
        shadowing(`centre ${place.centre}`, gateway.name) +
        place.indoorLossDb -
        gateway.antennaGainDb,
    ),
  )
  const kiosks = places.map((place, id) => {
    const bestSnrDb = DEVICE_EIRP_DBM - Math.min(...losses[id]!) - NOISE_FLOOR_DBM
    const { dataRate, powerDbm } =
      place.wanted === 'adr'
        ? settleAdr(bestSnrDb, scenario.kiosk.adrMarginDb)
        : { dataRate: place.wanted, powerDbm: DEVICE_EIRP_DBM }
    const marginDb = bestSnrDb - (DEVICE_EIRP_DBM - powerDbm) - snrFloorDb(spreadingFactor(dataRate))
    return { id, ...place, dataRate, powerDbm, marginDb }
  })
  const senses = (sentDbm: number, lossDb: number) => sentDbm - lossDb > LBT_THRESHOLD_DBM
  const hears = kiosks.map((a) => kiosks.map((b) => a !== b && senses(b.powerDbm, lossBetween(a, b, model))))
  const downlinkLossDb = (kiosk: number, gateway: number) =>
    losses[kiosk]![gateway]! + gateways[gateway]!.antennaGainDb
  return {
    kiosks,
    gatewayCount: gateways.length,
    fadingDb: model.fadingDb,
    lossDb: (kiosk, gateway) => losses[kiosk]![gateway]!,
    downlinkLossDb,
    hearsKiosk: (listener, sender) => hears[listener]![sender]!,
    hearsGateway: (listener, gateway) => senses(GATEWAY_MAX_EIRP_DBM, downlinkLossDb(listener, gateway)),
  }
}

function propagationOf(scenario: FleetScenario): PropagationOptions {
  const { propagation } = scenario.radio
  return typeof propagation === 'string' ? PROPAGATION_MODELS[propagation] : propagation
}

/** Within a hall free space and furniture, otherwise out through one wall and in through another. */
function lossBetween(a: Place, b: Place, model: PropagationOptions): number {
  if (a.centre === b.centre) return pathLossDb(a.position, b.position, DEFAULT_PROPAGATION)
  return pathLossDb(a.position, b.position, model) + a.indoorLossDb + b.indoorLossDb
}

interface Place {
  readonly centre: number
  readonly position: Position
  readonly indoorLossDb: number
}

/** Where ADR ends: the fastest data rate with `marginDb` to spare, then as little power as that leaves. */
export function settleAdr(bestSnrDb: number, marginDb: number): { dataRate: DataRate; powerDbm: number } {
  const steps = Math.floor((bestSnrDb - snrFloorDb(spreadingFactor(0)) - marginDb) / ADR_STEP_DB)
  const dataRate = Math.max(0, Math.min(5, steps)) as DataRate
  const powerIndex = Math.max(0, Math.min(LOWEST_POWER_INDEX, steps - dataRate))
  return { dataRate, powerDbm: DEVICE_EIRP_DBM - POWER_STEP_DB * powerIndex }
}
