import { appendFileSync } from 'node:fs'
import { createLogger, type Logger } from '@hanpyo/platform/logger.ts'
import { type Audit, createAudit } from './core/audit.ts'

/**
 * The audit log of a kiosk: JSON lines without times. A line that cannot be written (full disk) is reported to the
 * operation log and must not stop a voter.
 */
export function openAuditFile(path: string, log: Logger): Audit {
  const destination = {
    write(line: string) {
      try {
        appendFileSync(path, line, { mode: 0o600 })
      } catch (error) {
        log.error('audit-line-lost', { code: (error as NodeJS.ErrnoException).code })
      }
    },
  }
  return createAudit(createLogger({ name: 'kiosk-audit', destination, timestamps: false }))
}
