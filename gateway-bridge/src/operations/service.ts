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
