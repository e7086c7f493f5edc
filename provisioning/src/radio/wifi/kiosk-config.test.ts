import { expect, test } from 'vitest'
import { readTomlValue, setTomlTable } from './kiosk-config.ts'

const FILE = `# of hanpyo provision
kiosk = 7

[wifi]
# asked of the district
url = "mqtts://old:8883"
keepAliveSeconds = 30

[lora]
modem = "serial:/dev/ttyUSB0"
`

test('a table is put at the end, and changed in its place the next time', () => {
  const once = setTomlTable('kiosk = 7\n', 'wifi', { url: 'mqtts://a:8883', mqttVersion: 5 })
  expect(once).toBe('kiosk = 7\n\n[wifi]\nurl = "mqtts://a:8883"\nmqttVersion = 5\n')
  expect(setTomlTable(once, 'wifi', { url: 'mqtts://a:8883', mqttVersion: 5 })).toBe(once)
  expect(setTomlTable('', 'lora', { modem: 'x' })).toBe('[lora]\nmodem = "x"\n')
})

test('comments, other keys and other tables stay', () => {
  const changed = setTomlTable(FILE, 'wifi', { url: 'mqtts://new:8883' })
  expect(changed).toBe(
    FILE.replace('url = "mqtts://old:8883"\n', '').replace('[wifi]\n', '[wifi]\nurl = "mqtts://new:8883"\n'),
  )
  expect(setTomlTable(changed, 'wifi', { url: 'mqtts://new:8883' })).toBe(changed)
})

test('values are read back, quotes and backslashes included', () => {
  const nasty = 'a"b\\c\nd'
  const text = setTomlTable(FILE, 'wifi', { ca: nasty })
  expect(readTomlValue(text, 'wifi', 'ca')).toBe(nasty)
  expect(readTomlValue(text, 'wifi', 'keepAliveSeconds')).toBe('30')
  expect(readTomlValue(text, 'wifi', 'modem')).toBeUndefined()
  expect(readTomlValue(text, 'scanner', 'uri')).toBeUndefined()
})
