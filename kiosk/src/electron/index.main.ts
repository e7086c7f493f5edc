import { readFileSync } from 'node:fs'
import * as electron from 'electron'
import { shellConfig } from './shell-config.ts'
import { startMain } from './start.ts'

const config = shellConfig(process.env, (path) => readFileSync(path, 'utf8'))
if (!config.ok) {
  console.error(`${config.error}: ${config.detail ?? ''}`)
  electron.app.exit(2)
} else {
  await startMain(electron, {
    ...config.value,
    fetch,
    log: (event, fields) => console.error(JSON.stringify({ event, ...fields })),
    now: Date.now,
    setTimeout,
  })
}
