import type { SelfTestPorts } from '@hanpyo/devices/self-test/ports.ts'
import type { TestResult } from '@hanpyo/devices/self-test/readiness.ts'
import type { Calibration } from '@hanpyo/devices/self-test/screen.ts'
import type { Health } from '../../contract/views.ts'

/** Something small in a file of the data folder. */
export interface Stored<T> {
  /** What was kept last. */
  readonly value: T
  /** Resolves when it is on disk; false when it cannot be. */
  keep(value: T): Promise<boolean>
}

export interface ReportFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What the technician's desk needs of the machine around the core. */
export interface TechnicianPorts {
  /** Devices and networks; screen, scanner, chime and test vote are the desk's own. */
  readonly selfTest: Omit<SelfTestPorts, 'screen' | 'chime' | 'scanner' | 'testVote'>
  readonly scannerState: () => Health['scanner']
  readonly calibration: Stored<Calibration | null>
  readonly results: Stored<readonly TestResult[]>
  readonly software: { readonly version: string; readonly hash: () => string | null }
  /** Writes all files durably into the folder for reports (and the stick's); false when it cannot. */
  readonly writeReport: {
    readonly folder: string
    toDisk(files: readonly ReportFile[]): Promise<boolean>
    /** `null`: no stick folder is set up. */
    readonly toStick: ((files: readonly ReportFile[]) => Promise<boolean>) | null
  }
}

/** A kiosk without anything to try; for tests of other parts. */
export function noTechnicianPorts(): TechnicianPorts {
  return {
    selfTest: {},
    scannerState: () => 'not-configured',
    calibration: inMemory<Calibration | null>(null),
    results: inMemory<readonly TestResult[]>([]),
    software: { version: 'test', hash: () => null },
    writeReport: { folder: '', toDisk: async () => true, toStick: null },
  }
}

/** Keeps a value as long as the process lives. */
export function inMemory<T>(first: T): Stored<T> {
  let value = first
  return {
    get value() {
      return value
    },
    async keep(next) {
      value = next
      return true
    },
  }
}
