import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Handlers } from '../../contract/define.ts'
import type { TechnicianView, technicianMethods } from '../../contract/technician-views.ts'
import type { StaffLock } from '../staff/staff-lock.ts'
import type { TechnicianDesk } from './technician-desk.ts'

/** The contract's methods of the technician's screen; each is refused while no technician is there. */
export function technicianHandlers(deps: {
  readonly desk: TechnicianDesk
  readonly lock: StaffLock
}): Handlers<typeof technicianMethods> {
  const { desk, lock } = deps
  const guarded = async <T, E extends string>(
    act: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E | 'technician-locked'>> => {
    if (lock.role !== 'technician') return err('technician-locked')
    lock.touch()
    return act()
  }
  const then = async <E extends string>(
    act: () => Result<void, E> | Promise<Result<void, E>>,
  ): Promise<Result<TechnicianView, E | 'technician-locked'>> =>
    guarded(async () => {
      const done = await act()
      return done.ok ? ok(desk.view()) : done
    })
  return {
    // The page asks again and again: no sign of life.
    'technician.state': async () => (lock.role === 'technician' ? ok(desk.view()) : err('technician-locked')),
    'technician.run': ({ test }) => then(() => desk.run(test)),
    'technician.answer': ({ answer }) => then(() => desk.answer(answer)),
    'technician.stop': () =>
      then(() => {
        desk.stop()
        return ok(undefined)
      }),
    'technician.calibrate': (calibration) => then(() => desk.calibrate(calibration)),
    'technician.report': ({ toStick }) => then(() => desk.report(toStick)),
    'technician.print': () => then(() => desk.print()),
    'technician.attest': () => guarded(async () => desk.attest()),
  }
}
