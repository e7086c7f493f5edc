import type { SeededRandom } from '../random.ts'

/** Losses that come in bursts: their share of all frames, 0…1, and how many frames a burst lasts on average, ≥ 1. */
export interface BurstLoss {
  loss: number
  burstFrames: number
}

/**
 * The simple Gilbert model (Gilbert 1960; Elliott 1963 with loss probabilities 0 and 1): a link is good or bad, all
 * frames in the bad state are lost, and the state may change after each frame. Every link has a state and dice of
 * its own, so that what one device sends never changes the luck of another. Settings may change at any time.
 */
export class BurstLossLinks {
  readonly settings: { readonly up: BurstLoss; readonly down: BurstLoss }
  readonly #random: SeededRandom
  readonly #links = new Map<string, { isBad: boolean; readonly dice: SeededRandom }>()

  constructor(random: SeededRandom, settings: { up: BurstLoss; down: BurstLoss }) {
    this.#random = random
    this.settings = { up: { ...settings.up }, down: { ...settings.down } }
  }

  /** Whether the next frame of a link is lost. */
  isLost(direction: 'up' | 'down', link: string): boolean {
    const { loss, burstFrames } = this.settings[direction]
    if (loss === 0) return false
    const state = this.#linkOf(`${direction}/${link}`, loss)
    const leaveBad = 1 / burstFrames
    const leaveGood = loss >= 1 ? 1 : Math.min(1, (loss * leaveBad) / (1 - loss))
    const isLost = state.isBad
    const leaves = state.dice.next() < (isLost ? leaveBad : leaveGood)
    if (leaves && loss < 1) state.isBad = !isLost
    return isLost
  }

  /** A link starts in the state that its share of losses makes likely. */
  #linkOf(name: string, loss: number): { isBad: boolean; readonly dice: SeededRandom } {
    let link = this.#links.get(name)
    if (link === undefined) {
      const dice = this.#random.fork(`burst/${name}`)
      link = { isBad: dice.next() < loss, dice }
      this.#links.set(name, link)
    }
    if (loss >= 1) link.isBad = true
    return link
  }
}
