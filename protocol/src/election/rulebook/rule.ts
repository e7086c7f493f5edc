export interface Rule {
  readonly number: number
  readonly stops: boolean
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
