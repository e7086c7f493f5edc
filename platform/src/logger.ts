import { type DestinationStream, destination as openDestination, pino } from 'pino'
import { redact } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/**
 * One event name per fact (`modem-joined`, `checkpoint-signed`), details as fields. Fields pass through
 * `redact`, which drops secrets, choices and everything that points at one ballot.
 */
export interface Logger {
  debug(event: string, fields?: object): void
  info(event: string, fields?: object): void
  warn(event: string, fields?: object): void
  error(event: string, fields?: object): void
  fatal(event: string, fields?: object): void
  /** A logger that adds `fields` to every line. */
  child(fields: object): Logger
}

export interface LoggerOptions {
  /** The room or process, on every line. */
  readonly name: string
  readonly level?: LogLevel
  /** A file path or something that takes whole lines; default is standard error. */
  readonly destination?: string | { write(line: string): void }
  /** False leaves the time out of every line, where a time could be tied to a person. Default true. */
  readonly timestamps?: boolean
}

/** A structured JSON-lines logger (pino). Lines are written synchronously, so a crash loses none. */
export function createLogger(options: LoggerOptions): Logger {
  const { name, level = 'info', destination = 2, timestamps = true } = options
  const stream: DestinationStream =
    typeof destination === 'object'
      ? destination
      : openDestination({ dest: destination, sync: true, append: true, mkdir: true })
  const root = pino(
    {
      name,
      level,
      base: { name },
      messageKey: 'event',
      timestamp: timestamps ? pino.stdTimeFunctions.isoTime : false,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  return wrap(root, {})
}

/** Drops everything. For tests that do not look at the log. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => silentLogger,
}

function wrap(target: pino.Logger, common: object): Logger {
  const at =
    (level: Exclude<LogLevel, 'silent'>) =>
    (event: string, fields: object = {}) => {
      if (target.isLevelEnabled(level))
        target[level]({ event, ...(redact({ ...common, ...fields }) as object) })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (fields) => wrap(target, { ...common, ...fields }),
  }
}
