import type { Audit } from './audit.ts'

/** Whether somebody has called staff; also switches the lamp on the kiosk. */
export class HelpCall {
  readonly #deps: {
    readonly audit: Audit
    /** Shows it: a lamp, or nothing. */
    readonly show: (isCalled: boolean) => void
    readonly onChange: () => void
  }
  #isCalled = false

  constructor(deps: { audit: Audit; show: (isCalled: boolean) => void; onChange: () => void }) {
    this.#deps = deps
  }

  get isCalled(): boolean {
    return this.#isCalled
  }

  set(isCalled: boolean): void {
    if (isCalled === this.#isCalled) return
    this.#isCalled = isCalled
    this.#deps.audit({ event: isCalled ? 'help-called' : 'help-came' })
    this.#deps.show(isCalled)
    this.#deps.onChange()
  }
}
