interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/**
 * Simulated time as a queue of events in a binary heap. Events of the same instant run in the order in which they were
 * planned, so a run depends on its seed alone.
 */
export class EventQueue {
  readonly #heap: Event[] = []
  #planned = 0
  #nowMs: number
  #processed = 0

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  /** The instant of the event that is running, ms. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that have run so far. */
  get processed(): number {
    return this.#processed
  }

  /** Plans `run` for `atMs`, or for now when that is past. */
  at(atMs: number, run: () => void): void {
    const event = { atMs: Math.max(atMs, this.#nowMs), order: this.#planned++, run }
    const heap = this.#heap
    let place = heap.length
    heap.push(event)
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[place] = heap[parent]!
      place = parent
    }
    heap[place] = event
  }

  /** Runs events in order of time up to and including `untilMs`, or until `isDone`. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs && !isDone()) {
      const event = this.#take()
      this.#nowMs = event.atMs
      this.#processed++
      event.run()
    }
    if (!isDone()) this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  #take(): Event {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
