import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { ServiceManager } from '@hanpyo/platform/sd-notify.ts'

/**
 * Tells systemd that the service is ready, then that it is alive for as long as its event loop turns. A full disk or a broker that
 * is away is no reason to be ended: nothing would be better after a restart.
 */
export async function tellServiceManager(
  manager: ServiceManager,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<void> {
  const tell = (state: Parameters<ServiceManager['notify']>[0]) =>
    manager.notify(state).catch((error: unknown) => log.warn('systemd-not-told', { state, error }))
  await tell('READY=1')
  const timer =
    manager.watchdogMs === null ? undefined : setInterval(() => void tell('WATCHDOG=1'), manager.watchdogMs)
  lifecycle.onClose('service', async () => {
    clearInterval(timer)
    await tell('STOPPING=1')
  })
  // Without a listener SIGHUP, which has certificates read again, would end a server that has none.
  const onHangUp = () => log.info('hang-up')
  process.on('SIGHUP', onHangUp)
  lifecycle.onClose('hang-up', () => void process.off('SIGHUP', onHangUp))
}

/** systemd ends a start that takes longer than TimeoutStartSec unless it keeps asking for time (sd_notify(3)). */
const MORE_TIME_MS = 60_000

/** Asks for more time to start until the function it returns is called. */
export function askForMoreTime(manager: ServiceManager, log: Logger): () => void {
  const ask = () =>
    manager
      .notify(`EXTEND_TIMEOUT_USEC=${2_000 * MORE_TIME_MS}`)
      .catch((error: unknown) => log.warn('systemd-not-told', { error }))
  void ask()
  const timer = setInterval(ask, MORE_TIME_MS)
  return () => clearInterval(timer)
}
