import { useEffect, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Qr } from '../components/qr.tsx'
import { useTechnicianText } from '../i18n/technician-text.ts'
import { TechnicianFrame } from './technician-frame.tsx'
import type { TechnicianPageProps } from './technician-test.tsx'

/** Which software runs here, signed by the machine, for anybody's phone. */
export function TechnicianAttest({ desk, kiosk, onHome }: TechnicianPageProps) {
  const { t } = useTechnicianText()
  const words = t.attest
  const { version, hash } = desk.software
  const [text, setText] = useState<string | null>(null)
  useEffect(() => {
    if (hash === null) return
    kiosk['technician.attest']({}).then((answer) => answer.ok && setText(answer.value.text), reportError)
  }, [kiosk, hash])
  return (
    <TechnicianFrame
      place="software"
      title={words.title}
      lead={words.how}
      footer={
        <Button tone="primary" className="forward" keyName="back" onPress={onHome}>
          {t.list}
        </Button>
      }
    >
      <div className="stack loose middle">
        {text === null ? null : <Qr large text={text} label={words.qr} />}
        <dl className="facts measured">
          <div className="fact">
            <dt>{words.version}</dt>
            <dd>{version}</dd>
          </div>
          <div className="fact">
            <dt>{words.hash}</dt>
            <dd className="software-hash">{hash?.match(/.{8}/g)?.join(' ') ?? words.computing}</dd>
          </div>
        </dl>
      </div>
    </TechnicianFrame>
  )
}
