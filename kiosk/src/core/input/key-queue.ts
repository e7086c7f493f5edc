import { type InputKey, type InputView, MOST_KEPT_KEYS } from '../../contract/input-views.ts'

/**
 * Key presses on their way to the page, in order and numbered, so that each acts once however often the page asks. Bounded:
 * of presses nobody takes, the oldest are forgotten.
 */
export class KeyQueue {
  readonly #boot: string
  readonly #onChange: () => void
  #keys: InputView['keys'] = []
  #last = 0
  #headphones: InputView['headphones'] = 'unknown'

  /** @param boot random text of this start. */
  constructor(boot: string, onChange: () => void) {
    this.#boot = boot
    this.#onChange = onChange
  }

  get view(): InputView {
    return { boot: this.#boot, last: this.#last, keys: this.#keys, headphones: this.#headphones }
  }

  press(key: InputKey): void {
    this.#last++
    this.#keys = [...this.#keys, { number: this.#last, key }].slice(-MOST_KEPT_KEYS)
    this.#onChange()
  }

  plugged(headphones: InputView['headphones']): void {
    if (headphones === this.#headphones) return
    this.#headphones = headphones
    this.#onChange()
  }

  /** Another person: what was pressed before is not theirs. Numbers go on. */
  clear(): void {
    this.#keys = []
  }
}
