/** What the keys of the on-screen keyboard are called: what a key shows where that is a word, and what is said. */
export interface TypingCatalog {
  readonly name: string
  readonly row: (row: number) => string
  /** Words on the keys; a few letters each, because a key is small. */
  readonly shows: {
    readonly erase: string
    readonly blank: string
    readonly blankWide: string
    readonly next: string
    readonly digits: string
    readonly symbols: string
    readonly hangul: string
    readonly latin: string
  }
  readonly says: {
    readonly erase: string
    readonly blank: string
    readonly next: string
    readonly digits: string
    readonly symbols: string
    readonly hangul: string
    readonly latin: string
    readonly shift: string
    readonly capital: string
    readonly left: string
    readonly right: string
    readonly unknown: string
  }
  /** Name of the letter or sign; digits are their own name. */
  readonly names: Readonly<Record<string, string>>
  readonly to: { readonly 'two-set': string; readonly cheonjiin: string }
  readonly limit: {
    readonly name: string
    readonly values: { readonly off: string; readonly on: string }
  }
}
