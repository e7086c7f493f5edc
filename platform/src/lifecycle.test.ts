import { expect, test } from 'vitest'
import { ChildError, createLifecycle, spawnChild } from './lifecycle.ts'

const LIFECYCLE = JSON.stringify(import.meta.resolve('./lifecycle.ts'))
const runProgram = (program: string, ready: RegExp | 'json-line', readyTimeoutMs = 20_000) =>
  spawnChild({
    command: process.execPath,
    args: ['--input-type=module', '-e', program],
    ready,
    readyTimeoutMs,
  })

test('closers run in reverse, one after another, whatever goes wrong in one of them', async () => {
  const lifecycle = createLifecycle({ signals: false, closerTimeoutMs: 50 })
  const order: string[] = []
  lifecycle.onClose('database', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    order.push('database')
  })
  lifecycle.onClose('hangs', () => new Promise(() => {}))
  lifecycle.onClose('throws', () => {
    order.push('throws')
    throw new Error('broken')
  })
  lifecycle.onClose('server', () => {
    order.push('server')
  })
  const first = lifecycle.close('test')
  expect(lifecycle.signal.aborted).toBe(true)
  expect(lifecycle.close('again')).toBe(first)
  await first
  expect(order).toEqual(['server', 'throws', 'database'])
  expect(await lifecycle.closed).toBe('test')
})

test('what is registered while closing is closed at once', async () => {
  const lifecycle = createLifecycle({ signals: false })
  await lifecycle.close()
  const closed = new Promise<void>((resolve) => lifecycle.onClose('late', resolve))
  await closed
})

test('SIGTERM closes a process in order', async () => {
  const child = await runProgram(
    `import { createLifecycle } from ${LIFECYCLE}
     const lifecycle = createLifecycle()
     const busy = setInterval(() => {}, 1000)
     lifecycle.onClose('timer', () => clearInterval(busy))
     lifecycle.onClose('greeting', () => console.log('bye'))
     console.log('ready')
     console.log('ended by ' + await lifecycle.closed)`,
    /^ready$/,
  )
  const exit = await child.stop()
  expect(exit).toEqual({ code: 0, signal: null })
  expect(child.tail()).toBe('ready\nbye\nended by SIGTERM')
})

test('a child that watches its parent ends when the pipe ends', async () => {
  const child = await runProgram(
    `import { spawn } from 'node:child_process'
     const grandchild = \`import { createLifecycle } from ${LIFECYCLE}
       const lifecycle = createLifecycle({ closeWithParent: true })
       console.log(JSON.stringify({ pid: process.pid }))
       const busy = setInterval(() => {}, 1000)
       lifecycle.onClose('timer', () => clearInterval(busy))\`
     spawn(process.execPath, ['--input-type=module', '-e', grandchild], { stdio: ['pipe', 'inherit', 'inherit'] })`,
    'json-line',
  )
  child.kill('SIGKILL')
  // The output pipe is shared: it ends, and with it this wait, when the grandchild is gone too.
  expect((await child.exited).signal).toBe('SIGKILL')
})

test('a child that ends before it is ready fails with its last words', async () => {
  const starting = runProgram('console.error("no such broker"); process.exit(3)', /ready/)
  await expect(starting).rejects.toThrow(ChildError)
  await expect(starting).rejects.toThrow(/ended \(3\)[\s\S]*no such broker/)
})

test('a child that never gets ready is killed', async () => {
  await expect(runProgram('setInterval(() => {}, 1000)', /ready/, 300)).rejects.toThrow(
    'not ready within 300 ms',
  )
})

test('a command that does not exist is reported', async () => {
  const starting = spawnChild({ command: '/nonexistent/program', ready: /x/ })
  await expect(starting).rejects.toThrow(/could not be started.*ENOENT/)
})

test('lines go in and come out', async () => {
  const child = await runProgram(
    `process.stdin.on('data', (line) => console.log('echo ' + line.toString().trim()))
     console.log('{"port": 5}')`,
    'json-line',
  )
  expect(child.ready).toEqual({ port: 5 })
  const answered = new Promise((resolve) => child.onLine(resolve))
  child.writeLine('hello')
  expect(await answered).toBe('echo hello')
  await child.stop()
})
