import { type FleetScenario, fleetScenario } from './scenario.ts'

/** One gateway in the middle of a town, and kiosks spread around it that all reach it at DR5. */
export interface CellOptions {
  readonly ballotsPerHour: number
  readonly hours: number
  readonly seed?: string
  readonly kiosks?: number
  readonly schedule?: Partial<FleetScenario['schedule']>
  readonly network?: Partial<FleetScenario['network']>
  readonly kiosk?: Partial<FleetScenario['kiosk']>
}

const KIOSKS_PER_CENTRE = 3
const RING_M = [150, 350, 600] as const

/**
 * The cell whose capacity is quoted: half-duplex gateway, 8 channels, DR5, ballots of 213 B, every ack as long as one can
 * be (45 B) however few ballots it names.
 */
export function cellScenario(options: CellOptions): FleetScenario {
  const { ballotsPerHour, hours, seed = 'cell', kiosks = 60 } = options
  const centres = Math.ceil(kiosks / KIOSKS_PER_CENTRE)
  return fleetScenario.parse({
    title: `One cell, ${ballotsPerHour} ballots an hour`,
    seed,
    day: { hours, ballots: ballotsPerHour * hours, drainHours: 3 },
    kiosk: { dataRate: 5, ...options.kiosk },
    network: { ackBytes: 45, ...options.network },
    schedule: { ...options.schedule },
    radio: { propagation: 'town' },
    gateways: [{ name: 'gateway', position: [0, 0] }],
    centres: Array.from({ length: centres }, (_, i) => {
      const angle = i * 2.399963
      const radiusM = RING_M[i % RING_M.length]!
      return {
        name: `hall ${i + 1}`,
        position: [radiusM * Math.cos(angle), radiusM * Math.sin(angle)],
        kiosks: Math.min(KIOSKS_PER_CENTRE, kiosks - i * KIOSKS_PER_CENTRE),
      }
    }),
  })
}

const GRID_M = 2500
const KIOSKS_PER_GRID_CENTRE = 5

/** A city: gateways on a grid of 2.5 km, kiosks everywhere between them, data rates as ADR leaves them. */
export function cityScenario(options: {
  readonly kiosks: number
  readonly gateways: number
  readonly ballots: number
  readonly hours: number
  readonly seed?: string
}): FleetScenario {
  const { kiosks, gateways, ballots, hours, seed = 'city' } = options
  const columns = Math.ceil(Math.sqrt(gateways))
  const place = (i: number): [number, number] => [(i % columns) * GRID_M, Math.floor(i / columns) * GRID_M]
  const centres = Math.ceil(kiosks / KIOSKS_PER_GRID_CENTRE)
  return fleetScenario.parse({
    title: `${kiosks} kiosks, ${gateways} gateways, ${hours} hours`,
    seed,
    day: { hours, ballots },
    radio: { propagation: 'town' },
    gateways: Array.from({ length: gateways }, (_, i) => ({ name: `gateway ${i + 1}`, position: place(i) })),
    centres: Array.from({ length: centres }, (_, i) => {
      const angle = i * 2.399963
      const [x, y] = place(i % gateways)
      const radiusM = 200 + (i % 7) * 180
      return {
        name: `centre ${i + 1}`,
        position: [x + radiusM * Math.cos(angle), y + radiusM * Math.sin(angle)],
        kiosks: Math.min(KIOSKS_PER_GRID_CENTRE, kiosks - i * KIOSKS_PER_GRID_CENTRE),
      }
    }),
  })
}
