/** Line icons on a 24-unit grid. They never stand alone: words beside them carry the meaning. */
const PATHS = {
  mark: [
    'M5 3.5h14a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 19V5A1.5 1.5 0 0 1 5 3.5z',
    'M8 12.2l2.8 2.8L16.2 9',
  ],
  help: [
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
    'M9.4 9.2a2.7 2.7 0 1 1 3.8 2.6c-.8.4-1.2 1-1.2 1.9',
    'M12 17h.01',
  ],
  home: ['M4 11l8-7 8 7', 'M6.5 9.5V19a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V9.5'],
  back: ['M19 12H5', 'M11 6l-6 6 6 6'],
  forward: ['M5 12h14', 'M13 6l6 6-6 6'],
  down: ['M12 5v14', 'M6 13l6 6 6-6'],
  up: ['M12 19V5', 'M6 11l6-6 6 6'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  globe: [
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
    'M3 12h18',
    'M12 3c2.6 2.5 3.9 5.5 3.9 9s-1.3 6.5-3.9 9c-2.6-2.5-3.9-5.5-3.9-9S9.4 5.5 12 3z',
  ],
  warning: ['M12 4L2.8 19.5h18.4z', 'M12 10v4.5', 'M12 17.2h.01'],
  pencil: ['M4 20l1-4L16.5 4.5a1.4 1.4 0 0 1 2 0l1 1a1.4 1.4 0 0 1 0 2L8 19z', 'M14.5 6.5l3 3'],
  lock: [
    'M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
    'M8 11V8a4 4 0 0 1 8 0v3',
  ],
  shield: ['M12 3l7.5 3v5.5c0 4.5-3 7.8-7.5 9.5-4.5-1.7-7.5-5-7.5-9.5V6z', 'M8.8 12l2.3 2.3L15.4 10'],
  ballot: [
    'M4 13v6a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-6',
    'M4 13h16',
    'M8 13V5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v8',
    'M10.2 8.3l1.4 1.4 2.5-2.6',
  ],
  search: ['M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z', 'M15.5 15.5L20.5 20.5'],
  hand: [
    'M8 12V6.2a1.4 1.4 0 0 1 2.8 0V11V4.8a1.4 1.4 0 0 1 2.8 0V11V6.2a1.4 1.4 0 0 1 2.8 0V13v-1.5a1.4 1.4 0 0 1 2.8 0V15a6 6 0 0 1-6 6h-1.4c-2 0-3.4-.9-4.5-2.5L4.6 15a1.4 1.4 0 0 1 2.3-1.6L8 14.8z',
  ],
  clock: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z', 'M12 7v5l3.5 2'],
  minus: ['M6 12h12'],
  refresh: [
    'M20 11a8 8 0 0 0-14-4.5L3.5 9',
    'M3.5 4v5h5',
    'M4 13a8 8 0 0 0 14 4.5l2.5-2.5',
    'M20.5 20v-5h-5',
  ],
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {PATHS[name].map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  )
}
