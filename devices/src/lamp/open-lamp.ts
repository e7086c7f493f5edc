import type { LineDeviceOptions } from '../keep-connected.ts'
import { openGpioLamp } from './gpio-lamp.ts'
import type { Lamp } from './lamp.ts'
import { openLineLamp } from './line-lamp.ts'

/** Opens the help lamp: `serial:` or `tcp:` with the line protocol, `file:` for a GPIO file. It is off at first. */
export function openLamp(uri: string, options: LineDeviceOptions): Lamp {
  const path = /^file:(.+)$/.exec(uri)?.[1]
  return path === undefined ? openLineLamp(uri, options) : openGpioLamp(path, options)
}
