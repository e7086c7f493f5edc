export interface Rule {
  readonly number: number
  readonly stops: boolean
  /** The record is listed and skipped; verification goes on and can still succeed. */
  readonly skips?: true
  readonly ko: string
  readonly en: string
}

/** A rule whose breach stops mirrors. */
export function stop(number: number, en: string, ko: string): Rule {
  return { number, stops: true, ko, en }
}

/** A rule whose breach is for people to decide. */
export function report(number: number, en: string, ko: string): Rule {
  return { number, stops: false, ko, en }
}

/** A rule whose breach only makes the record count for nothing. */
export function skip(number: number, en: string, ko: string): Rule {
  return { number, stops: false, skips: true, ko, en }
}
