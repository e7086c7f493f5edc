import { LANGUAGES, type Look, SCREEN_SIZES, SCREENS, type ScreenSize } from '../../../kiosk/gallery/look.ts'
import { TEXT_SIZES, THEMES } from '../../../kiosk/ui/model/display.ts'

export interface NamedLook extends Look {
  readonly name: string
}

function look(
  language: Look['language'],
  screen: ScreenSize,
  size: Look['size'],
  theme: Look['theme'],
): NamedLook {
  // Low mode changes something on the tallest screen only, so it is looked at wherever that screen is enlarged.
  const reach = screen === '43 inch' && size !== 'normal' ? 'low' : 'full'
  const name = [language, screen, size, theme, reach].join(', ')
  return { name, language, pxPerMm: SCREENS[screen], size, theme, reach }
}

/** Every look there is: 2 languages × 3 screens × 3 sizes × 4 themes. */
export const ALL_LOOKS: readonly NamedLook[] = LANGUAGES.flatMap((language) =>
  SCREEN_SIZES.flatMap((screen) =>
    TEXT_SIZES.flatMap((size) => THEMES.map((theme) => look(language, screen, size, theme))),
  ),
)

/** Chosen so that each language meets each screen, theme and size. */
const LANGUAGE_OF = [
  [0, 1, 0, 1],
  [1, 0, 1, 0],
  [0, 0, 1, 1],
]

/** Twelve looks in which every two values of any two properties meet at least once. */
export const PAIRWISE_LOOKS: readonly NamedLook[] = SCREEN_SIZES.flatMap((screen, s) =>
  THEMES.map((theme, t) => {
    const size = TEXT_SIZES[(s + t) % 3] as Look['size']
    const language = LANGUAGES[LANGUAGE_OF[s]?.[t] ?? 0] as Look['language']
    return look(language, screen, size, theme)
  }),
)

/**
 * Nine looks for what colours cannot change: every two of language, screen and size meet at least once (a test of the
 * tokens holds that no theme sets a length), and themes take turns.
 */
export const GEOMETRY_LOOKS: readonly NamedLook[] = SCREEN_SIZES.flatMap((screen, s) =>
  TEXT_SIZES.map((size, z) => {
    const language = LANGUAGES[(s + (z === 1 ? 1 : 0) + (s === 2 && z > 0 ? 1 : 0)) % 2] as Look['language']
    return look(language, screen, size, THEMES[(s + z) % THEMES.length] as Look['theme'])
  }),
)

export const isFull = process.env.HANPYO_FULL === '1'

/** Whole votes by every way of input: in Korean always, in English too with `HANPYO_FULL=1` (they take as long again). */
export const VOTE_LANGUAGES = isFull ? LANGUAGES : (['ko'] as const)
