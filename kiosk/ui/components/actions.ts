import { createContext, useContext } from 'react'

/** What every screen can do besides its own buttons. */
export interface CommonActions {
  readonly switchLanguage: () => void
  readonly askHelp: () => void
  readonly leave: () => void
}

const nothing = (): void => {}

export const ActionsContext = createContext<CommonActions>({
  switchLanguage: nothing,
  askHelp: nothing,
  leave: nothing,
})

export function useActions(): CommonActions {
  return useContext(ActionsContext)
}
