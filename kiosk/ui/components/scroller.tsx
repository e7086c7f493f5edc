import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/use-text.ts'
import { Button } from './button.tsx'

/** Pixels of slack: a rounding error is not "more below". */
const SLACK = 4
/** Part of the visible height one press moves, so that a line already read stays in view. */
const STEP = 0.75

/** The screen's content. When it is taller than its place, buttons move it: no gesture is ever needed. */
export function Scroller({ place, children }: { place: string; children: ReactNode }) {
  const { t } = useText()
  const area = useRef<HTMLDivElement>(null)
  const [edges, setEdges] = useState({ overflows: false, hasControls: true, above: false, below: false })

  useEffect(() => {
    const element = area.current
    if (element === null) return
    const measure = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = element
      setEdges({
        hasControls: element.querySelector('button') !== null,
        overflows: scrollHeight > clientHeight + SLACK,
        above: scrollTop > SLACK,
        below: scrollTop + clientHeight < scrollHeight - SLACK,
      })
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    for (const child of element.children) observer.observe(child)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new place starts at its top
  useEffect(() => {
    area.current?.scrollTo({ top: 0 })
  }, [place])

  const move = (direction: 1 | -1): void => {
    const element = area.current
    element?.scrollBy({ top: direction * element.clientHeight * STEP })
  }

  // Text alone would be out of a keypad's reach; a list of controls scrolls with its focus.
  const isReadOnly = edges.overflows && !edges.hasControls
  return (
    <div className="scroller">
      <div
        className="scroll-area"
        ref={area}
        {...(isReadOnly ? { tabIndex: 0, role: 'region', 'aria-label': t.scroll.area } : {})}
      >
        <div className="scroll-content">{children}</div>
      </div>
      {edges.overflows ? (
        <div className="scroll-buttons">
          <Button tone="quiet" icon="up" isOff={!edges.above} onPress={() => move(-1)}>
            {t.scroll.up}
          </Button>
          <Button tone="secondary" icon="down" isOff={!edges.below} onPress={() => move(1)}>
            {t.scroll.down}
          </Button>
        </div>
      ) : null}
    </div>
  )
}
