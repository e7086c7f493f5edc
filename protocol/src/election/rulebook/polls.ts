import { parsePolls } from '../records.ts'
import type { PollsState } from '../state.ts'
import { type Examine, unmet } from './data.ts'
import { examineOfficial } from './note.ts'
import { unsettledKiosks } from './settlement.ts'

const NEXT: Readonly<Record<PollsState, PollsState | undefined>> = {
  'not-open': 'open',
  open: 'closed',
  closed: 'sealed',
  sealed: undefined,
}

/** 0x02. Sealing waits for what can still arrive, until the delivery deadline. */
export const examinePolls: Examine = (data, body, options) =>
  examineOfficial(data, body, parsePolls, 'authority', options, ({ state, at }) => {
    const isNext = NEXT[data.polls] === state
    const unsettled =
      isNext && state === 'sealed' && at < data.manifest.deliveryDeadline ? unsettledKiosks(data) : []
    return {
      findings: unmet(
        [isNext, 'polls.transition', `${data.polls} to ${state}`],
        [at >= data.pollsSince, 'polls.time'],
        [unsettled.length === 0, 'polls.sealed-early', `kiosks ${unsettled.join(', ')}`],
      ),
      effect: () => {
        data.polls = state
        data.pollsSince = at
        if (state === 'open') data.openedAt = data.nextIndex
        if (state === 'sealed') data.sealedAt = data.nextIndex
      },
    }
  })
