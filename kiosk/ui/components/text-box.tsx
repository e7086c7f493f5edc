import { type Ref, useLayoutEffect, useRef } from 'react'
import { useText } from '../i18n/use-text.ts'
import { blockOf } from '../input/hangul/jamo.ts'
import type { Typing } from '../input/hangul/typing.ts'

/** The text while it is written, with its caret. Nobody has to touch it: the keys below write at the caret. */
export function TextBox({ typing, ref }: { typing: Typing; ref: Ref<HTMLDivElement> }) {
  const { t } = useText()
  const caret = useRef<HTMLSpanElement>(null)
  const { before, syllable, after } = typing.composition
  // Dots that are no vowel yet; the committed font has no archaic one.
  const open = blockOf(syllable).replaceAll('ㆍ', '·')
  const field = {
    role: 'textbox',
    'aria-multiline': true,
    'aria-label': t.proposals.write.box,
    tabIndex: 0,
  }
  const isEmpty = before + open + after === ''
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change may push the caret out of sight
  useLayoutEffect(() => {
    caret.current?.scrollIntoView({ block: 'nearest' })
  }, [typing])
  return (
    <div ref={ref} className="text-box" {...field} data-private="" data-free="">
      <p>
        {isEmpty ? <span className="text-empty">{t.proposals.write.empty}</span> : before}
        {open === '' ? null : <u>{open}</u>}
        <span className="caret" ref={caret} />
        {after}
      </p>
    </div>
  )
}
