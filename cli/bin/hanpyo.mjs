#!/usr/bin/env node
// Starts the `hanpyo` command. Plain JavaScript that Node 20 can read: the command itself needs Node 24, which the
// packages bring along, so an older Node hands over to that one.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED_MAJOR = 24
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

function fail(message) {
  console.error(message)
  process.exit(1)
}

function bundledNode() {
  try {
    const found = createRequire(import.meta.url).resolve('node/package.json')
    return join(dirname(found), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return undefined
  }
}

function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`hanpyo: could not start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (!existsSync(join(root, 'node_modules'))) {
  fail(`hanpyo: the packages are not installed. Run this once:\n  cd ${root} && npm ci`)
}
if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else {
  const node = bundledNode()
  if (node === undefined || !existsSync(node)) {
    fail(
      `hanpyo: this is Node ${process.versions.node}; Node ${NEEDED_MAJOR} or later is needed. Either install it, or let npm bring it:\n` +
        `  cd ${root} && npm ci`,
    )
  }
  handOver(node)
}
