import { useState, useSyncExternalStore } from 'react'
import type { Client } from '../../src/contract/define.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import { Notice } from '../components/notice.tsx'
import { useStaffText } from '../i18n/staff-text.ts'
import type { ViewStore } from '../model/store.ts'
import { useDisplay } from '../use-display.ts'
import { PinPad, type PinProps } from './pin.tsx'
import { StaffDesk } from './staff-desk.tsx'
import { StaffHeader, StaffLanguage } from './staff-language.tsx'

/** The staff page (`#staff`), for a second screen or a desk: the PIN first, then the same desk as on the kiosk. */
export function Staff({ store, kiosk }: { store: ViewStore; kiosk: Client<KioskContract> }) {
  const { view } = useSyncExternalStore(store.subscribe, store.snapshot)
  useDisplay(view)
  const [page, setPage] = useState<'tasks' | 'proposals'>('tasks')
  if (view === null) return null
  const pin = { view, kiosk, accept: store.accept }
  return (
    <StaffLanguage start="ko">
      {view.staff.role === 'staff' ? (
        <StaffDesk {...pin} page={page} onPage={setPage} />
      ) : (
        <Locked {...pin} />
      )}
    </StaffLanguage>
  )
}

function Locked(pin: PinProps) {
  const { t, language } = useStaffText()
  const { kiosk, staff } = pin.view
  return (
    <div className="screen" lang={language}>
      <StaffHeader />
      <main className="screen-main">
        <div className="scroll-area">
          <div className="screen-title">
            <p className="step-label">{kiosk.centre[language]}</p>
            <h1>{t.pin.title}</h1>
            {staff.role === 'technician' ? (
              <Notice tone="info" text={t.pin.technicianHere} />
            ) : staff.isSetUp ? (
              <PinPad {...pin} />
            ) : (
              <Notice tone="info" text={t.pin.notSetUp} />
            )}
          </div>
        </div>
      </main>
    </div>
  )
}
