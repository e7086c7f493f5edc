import { DAMAGE, type Damage, FSCK_CHECKS, type FsckCheckId, type Words } from './catalogue.ts'

/** One thing that is wrong. */
export interface Problem {
  /** Path below the ledger's prefix; null when no single file is to blame. */
  readonly path: string | null
  /** Position of the record; null when it is not about one. */
  readonly record: number | null
  readonly what: Words
  /** Numbers and names that say more. */
  readonly detail?: string
  readonly advice?: Words
}

export type FsckStatus = 'PASS' | 'FAIL' | 'SKIPPED'

export interface FsckLine {
  readonly number: number
  readonly id: FsckCheckId
  readonly status: FsckStatus
  /** The sentence of the check. */
  readonly check: Words
  /** Why it was skipped, or what should be known although it passed. */
  readonly remarks: readonly Words[]
  /** The first problems found; `problemCount` counts all. */
  readonly problems: readonly Problem[]
  readonly problemCount: number
}

/** What `hanpyo fsck --json` prints. */
export interface FsckReport {
  /** Every check that is due ran and passed. */
  readonly sound: boolean
  readonly source: string
  /** Log origin, size and root (base64) of the checkpoint; null when there is none that can be read. */
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string } | null
  readonly lines: readonly FsckLine[]
}

/** Problems kept for each check: a damaged disk or a hostile log must not fill the memory. */
export const MOST_PROBLEMS_KEPT = 1000

/** Collects what fsck finds, check by check. */
export class FsckFindings {
  readonly #problems = new Map<FsckCheckId, Problem[]>()
  readonly #counts = new Map<FsckCheckId, number>()
  readonly #skipped = new Map<FsckCheckId, Words>()
  readonly #remarks = new Map<FsckCheckId, Words[]>()

  fail(id: FsckCheckId, problem: Problem): void {
    const kept = this.#problems.get(id) ?? []
    this.#problems.set(id, kept)
    this.#counts.set(id, this.count(id) + 1)
    if (kept.length < MOST_PROBLEMS_KEPT) kept.push(problem)
  }

  /** A file is damaged in a way the catalogue knows. */
  damage(id: FsckCheckId, kind: Damage, path: string, detail?: string, record: number | null = null): void {
    const { what, advice } = DAMAGE[kind]
    this.fail(id, { path, record, what, advice, ...(detail === undefined ? {} : { detail }) })
  }

  /** The first reason stays. */
  skip(id: FsckCheckId, why: Words): void {
    if (!this.#skipped.has(id)) this.#skipped.set(id, why)
  }

  remark(id: FsckCheckId, text: Words): void {
    this.#remarks.set(id, [...(this.#remarks.get(id) ?? []), text])
  }

  count(id: FsckCheckId): number {
    return this.#counts.get(id) ?? 0
  }

  /** One line for each check of `due`. A check with problems fails even when it could not be finished. */
  lines(due: ReadonlySet<FsckCheckId>): FsckLine[] {
    return FSCK_CHECKS.filter(({ id }) => due.has(id)).map(({ id, en, ko }, at) => {
      const skipped = this.#skipped.get(id)
      const status = this.count(id) > 0 ? 'FAIL' : skipped === undefined ? 'PASS' : 'SKIPPED'
      return {
        number: at + 1,
        id,
        status,
        check: { en, ko },
        remarks: [...(skipped === undefined ? [] : [skipped]), ...(this.#remarks.get(id) ?? [])],
        problems: this.#problems.get(id) ?? [],
        problemCount: this.count(id),
      }
    })
  }
}
