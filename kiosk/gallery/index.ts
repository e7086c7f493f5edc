import { TEXT_SIZES, THEMES } from '../ui/model/display.ts'
import { LANGUAGES, SCREEN_SIZES, SCREENS, type ScreenSize } from './look.ts'
import { STAFF_STATES } from './staff-states.ts'
import { STATES } from './states.ts'
import { TECHNICIAN_STATES } from './technician-states.ts'

/** The list of states, the choice of looks, and one kiosk screen beside them. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  screen: SCREEN_SIZES,
  language: LANGUAGES,
  size: TEXT_SIZES,
  theme: THEMES,
  reach: ['full', 'low'],
}
const WIDTH = 1080
const HEIGHT = 1920

const form = find('#look') as HTMLFormElement
const list = find('#states')
const place = find('#case')
const chosen = new URLSearchParams(location.hash.replace(/^#/, ''))

for (const [name, values] of Object.entries(FIELDS)) {
  const select = document.createElement('select')
  select.name = name
  for (const value of values) select.append(new Option(value, value))
  select.value = chosen.get(name) ?? (name === 'screen' ? '21.5 inch' : (values[0] as string))
  const label = document.createElement('label')
  label.append(name, select)
  form.append(label)
}
for (const { name } of [...STATES, ...STAFF_STATES, ...TECHNICIAN_STATES]) {
  const item = document.createElement('li')
  const link = document.createElement('a')
  link.textContent = name
  item.append(link)
  list.append(item)
}
form.addEventListener('change', () => draw(current()))
window.addEventListener('hashchange', () => draw(current()))
window.addEventListener('resize', fit)
draw(current())

function current(): string {
  return new URLSearchParams(location.hash.replace(/^#/, '')).get('state') ?? (STATES[0]?.name as string)
}

function draw(state: string): void {
  const look = new URLSearchParams()
  for (const [name, value] of new FormData(form)) look.set(name, String(value))
  for (const link of list.querySelectorAll('a')) {
    const name = link.textContent ?? ''
    link.href = `#${new URLSearchParams([['state', name], ...look])}`
    link.setAttribute('aria-current', String(name === state))
  }
  look.set('state', state)
  look.set('pxPerMm', String(SCREENS[look.get('screen') as ScreenSize]))
  const frame = document.createElement('iframe')
  frame.title = state
  frame.src = `./stage.html#${look}`
  place.replaceChildren(frame)
  fit()
}

function fit(): void {
  const frame = place.querySelector('iframe')
  const scale = Math.min(place.clientWidth / WIDTH, place.clientHeight / HEIGHT) * 0.96
  frame?.style.setProperty('scale', String(scale))
}

function find(selector: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(selector)
  if (element === null) throw new Error(`the gallery has no ${selector}`)
  return element
}
