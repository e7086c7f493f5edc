import { useState, useSyncExternalStore } from 'react'
import type { Client } from '../../src/contract/define.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import type { ViewStore } from '../model/store.ts'
import { useDisplay } from '../use-display.ts'
import { PinPad } from './pin.tsx'
import { StaffDesk } from './staff-desk.tsx'

/** The staff page (`#staff`), for a second screen or a desk: the PIN first, then the same desk as on the kiosk. */
export function Staff({ store, kiosk }: { store: ViewStore; kiosk: Client<KioskContract> }) {
  const { view } = useSyncExternalStore(store.subscribe, store.snapshot)
  useDisplay(view)
  const [page, setPage] = useState<'tasks' | 'proposals'>('tasks')
  if (view === null) return null
  const pin = { view, kiosk, accept: store.accept }
  if (view.staff.role === 'staff') return <StaffDesk {...pin} page={page} onPage={setPage} />
  return (
    <div className="screen">
      <header className="screen-header">
        <p className="brand">
          <Icon name="mark" />
          <span>직원 화면</span>
        </p>
        <p className="soft">{view.kiosk.centre.ko}</p>
      </header>
      <main className="screen-main">
        <div className="scroll-area">
          <div className="screen-title">
            <h1>직원 번호를 누르거나 카드를 대 주세요</h1>
            {view.staff.role === 'technician' ? (
              <Notice
                tone="info"
                text={{
                  what: '기술 담당자가 기기 앞에서 일하고 있어요',
                  next: '끝나면 기기에서 잠가 주세요.',
                }}
              />
            ) : view.staff.isSetUp ? (
              <PinPad {...pin} />
            ) : (
              <Notice
                tone="info"
                text={{
                  what: '이 기기에 직원 번호가 없어요',
                  next: '기술 담당자가 “hanpyo kiosk staff”로 만들어요.',
                }}
              />
            )}
          </div>
        </div>
      </main>
    </div>
  )
}
