import { createContext, useContext } from 'react'

/** What every screen can do besides its own buttons. */
export interface CommonActions {
  readonly switchLanguage: () => void
  /** Opens the page's settings; absent where there is no voter whose settings they would be. */
  readonly openSettings: (() => void) | null
  readonly askHelp: () => void
  readonly leave: () => void
  /** Nothing here counts, and every screen says so. */
  readonly isPractice: boolean
}

const nothing = (): void => {}

export const ActionsContext = createContext<CommonActions>({
  switchLanguage: nothing,
  openSettings: null,
  askHelp: nothing,
  leave: nothing,
  isPractice: false,
})

export function useActions(): CommonActions {
  return useContext(ActionsContext)
}
