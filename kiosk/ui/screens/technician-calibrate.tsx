import {
  CARD_MM,
  type Calibration,
  calibrationProblem,
  diagonalMm,
  PX_PER_METRE_RANGE,
} from '@hanpyo/devices/self-test/screen.ts'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Notice } from '../components/notice.tsx'
import { useTechnicianText } from '../i18n/technician-text.ts'
import { TechnicianFrame } from './technician-frame.tsx'
import type { TechnicianPageProps } from './technician-test.tsx'

/** 96 CSS pixels to the inch: what browsers assume of a screen nobody measured. */
const ASSUMED_PX_PER_METRE = 3_780
/** A fine step is a quarter of a per cent: 0.2 mm of the card. */
const FINE = 0.0025
const COARSE = 0.03
const INCH_MM = 25.4

/** A bank card held to the screen says how large a pixel is. */
export function TechnicianCalibrate({ desk, kiosk, ask, onHome, onNext }: TechnicianPageProps) {
  const { t, language } = useTechnicianText()
  const words = t.calibrate
  const [pxPerMetre, setPxPerMetre] = useState(desk.calibration.pxPerMetre ?? ASSUMED_PX_PER_METRE)
  const [isSaved, setSaved] = useState(false)
  const calibration: Calibration = { pxPerMetre, widthPx: screen.width, heightPx: screen.height }
  const problem = calibrationProblem(calibration)
  const change = (part: number): void => {
    setSaved(false)
    setPxPerMetre((before) => {
      const next = Math.round(before * (1 + part))
      return Math.min(PX_PER_METRE_RANGE.most, Math.max(PX_PER_METRE_RANGE.least, next))
    })
  }
  const save = async (): Promise<void> => {
    setSaved(await ask(kiosk['technician.calibrate'](calibration)))
  }
  const inches = (diagonalMm(calibration) / INCH_MM).toLocaleString(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const pxPerMm = pxPerMetre / 1000
  return (
    <TechnicianFrame
      place="calibrate"
      title={words.title}
      lead={words.how}
      footer={
        <>
          <Button tone="quiet" keyName="back" onPress={onHome}>
            {t.list}
          </Button>
          {isSaved && onNext !== null ? (
            <Button tone="primary" className="forward" keyName="next" onPress={onNext}>
              {t.next}
            </Button>
          ) : (
            <Button tone="primary" className="forward" keyName="next" onPress={() => void save()}>
              {words.save}
            </Button>
          )}
        </>
      }
    >
      <div className="stack loose middle">
        <div
          className="calibration-card"
          style={{ width: `${CARD_MM.width * pxPerMm}px`, height: `${CARD_MM.height * pxPerMm}px` }}
        >
          {words.card}
        </div>
        <p className="numeric" role="status">
          {words.measure(pxPerMm.toFixed(3), inches)}
        </p>
        <div className="calibration-steps">
          <Button icon="minus" onPress={() => change(-COARSE)}>
            {words.muchSmaller}
          </Button>
          <Button icon="plus" onPress={() => change(COARSE)}>
            {words.muchLarger}
          </Button>
          <Button icon="minus" onPress={() => change(-FINE)}>
            {words.smaller}
          </Button>
          <Button icon="plus" onPress={() => change(FINE)}>
            {words.larger}
          </Button>
        </div>
        {problem === null ? null : (
          <Notice tone="warning" text={{ what: words.implausible, next: words.problem[problem] }} />
        )}
        {isSaved ? <p role="status">{words.saved}</p> : null}
      </div>
    </TechnicianFrame>
  )
}
