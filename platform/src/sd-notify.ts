import type { RunProgram } from './run-program.ts'

/** Words of sd_notify(3) that a service here says. */
export type ServiceState = 'READY=1' | 'WATCHDOG=1' | 'STOPPING=1' | `EXTEND_TIMEOUT_USEC=${number}`

export interface ServiceManager {
  /** Half the time after which systemd ends a silent service; null: nobody watches. */
  readonly watchdogMs: number | null
  /** Tells the state; without a service manager nothing happens. Resolves when it was handed over. */
  notify(state: ServiceState): Promise<void>
}

/**
 * The service manager of this process, from NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID (sd_notify(3), sd_watchdog_enabled(3)).
 * Node has no datagram Unix sockets, so that `systemd-notify` (in Debian's package systemd) carries the words; the unit
 * therefore needs NotifyAccess=all.
 */
export function serviceManager(
  env: Readonly<Record<string, string | undefined>>,
  deps: { readonly run: RunProgram; readonly pid: number },
): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = env
  const isWatched = /^[1-9]\d*$/.test(microseconds ?? '') && (pid === undefined || pid === String(deps.pid))
  return {
    watchdogMs: socket !== undefined && isWatched ? Number(microseconds) / 2000 : null,
    async notify(state) {
      if (socket === undefined || socket === '') return
      await deps.run('systemd-notify', [`--pid=${deps.pid}`, state], { timeoutMs: 5_000 })
    },
  }
}
