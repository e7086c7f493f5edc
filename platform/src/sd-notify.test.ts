import { expect, test } from 'vitest'
import type { RunProgram } from './run-program.ts'
import { serviceManager } from './sd-notify.ts'

function recorder(): { run: RunProgram; calls: string[][] } {
  const calls: string[][] = []
  const run: RunProgram = async (command, args) => {
    calls.push([command, ...args])
    return { code: 0, stdout: new Uint8Array(), stderr: '' }
  }
  return { run, calls }
}

test('a service says its state in the name of its own process', async () => {
  const { run, calls } = recorder()
  const manager = serviceManager({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000' }, { run, pid: 7 })
  expect(manager.watchdogMs).toBe(15_000)
  await manager.notify('READY=1')
  expect(calls).toEqual([['systemd-notify', '--pid=7', 'READY=1']])
})

test('without a service manager, or watched for another process, nothing is said', async () => {
  const { run, calls } = recorder()
  await serviceManager({}, { run, pid: 7 }).notify('READY=1')
  expect(calls).toEqual([])
  const other = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }
  expect(serviceManager(other, { run, pid: 7 }).watchdogMs).toBeNull()
  expect(serviceManager({ WATCHDOG_USEC: '5' }, { run, pid: 7 }).watchdogMs).toBeNull()
  expect(
    serviceManager({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: 'x' }, { run, pid: 7 }).watchdogMs,
  ).toBeNull()
})
