import { useEffect, useRef, useState } from 'react'
import type { ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { OnScreenKeyboard } from '../components/on-screen-keyboard.tsx'
import { Footer, Header, Title } from '../components/screen.tsx'
import { TextBox } from '../components/text-box.tsx'
import type { ProblemText } from '../i18n/catalog.ts'
import { useText } from '../i18n/use-text.ts'
import type { TypingKey } from '../input/hangul/typing.ts'
import { type HangulLayout, LAYOUTS, type Layer, layerOn } from '../input/keyboard-layouts.ts'
import { signName, spell } from '../speech/spelling.ts'
import { useTyping } from '../use-typing.ts'

export interface ProposalWriteProps {
  readonly screen: ScreenOf<'proposal-write'>
  readonly place: string
  /** What the core said against the text, if anything. */
  readonly problem: ProblemText | null
  readonly onProblemRead: () => void
  /** Whether ten keys stand side by side on this screen. */
  readonly fitsTen: boolean
  readonly layout: HangulLayout
  readonly onLayout: (layout: HangulLayout) => void
  /** Somebody wants a repeated key to go on by itself. */
  readonly hasLimit: boolean
  readonly onText: (text: string) => void
  readonly onBack: () => void
  readonly onNext: () => void
}

/** Writing: the text above, the keys below, and nothing else to decide. */
export function ProposalWrite(props: ProposalWriteProps) {
  const { screen, place, problem, fitsTen, layout, onLayout, hasLimit, onText, onBack, onNext } = props
  const [read, setRead] = useState<ProblemText | null>(null)
  const { t, say, language } = useText()
  const { write, step } = t.proposals
  const box = useRef<HTMLDivElement>(null)
  const columns = LAYOUTS[layout].columns
  const [layer, setLayer] = useState<Layer>(language === 'ko' ? 'two-set' : 'latin')
  const shown = layerOn(layer, columns)
  const typist = useTyping({
    start: screen.text,
    most: screen.maxCharacters,
    isHangul: shown === 'two-set' || shown === 'cheonjiin',
    hasLimit,
    onText,
    focusText: () => box.current?.focus(),
  })
  const { echo } = typist
  const found = typist.problem === null ? problem : write[typist.problem]
  useEffect(() => {
    if (problem === null) setRead(null)
  }, [problem])
  const close = (): void => {
    setRead(found)
    typist.goOn()
    props.onProblemRead()
  }
  const other: HangulLayout = layout === 'two-set' ? 'cheonjiin' : 'two-set'
  return (
    <div className="screen write" data-typing="">
      <Header step={null} />
      <main className="screen-main write-main">
        <div className="write-title">
          <p className="step-label">
            {step} · {say(screen.topic.title)}
          </p>
          <Title place={place}>{write.title}</Title>
        </div>
        <TextBox ref={box} typing={typist.typing} />
        <div className="write-tools">
          <p className="soft numeric">{write.count(typist.length, screen.maxCharacters)}</p>
          {fitsTen ? (
            <Button tone="quiet" onPress={() => onLayout(other)}>
              {t.typing.to[other]}
            </Button>
          ) : null}
        </div>
        <p className="visually-hidden" role="status" data-private="">
          {echo.key === null ? null : (
            <span key={echo.count} data-free="" data-otherwise={keyName(echo.key, echo.syllable, language)}>
              {echo.syllable === ' ' ? signName(' ', language) : echo.syllable}
            </span>
          )}
        </p>
        <OnScreenKeyboard layer={shown} onLayer={setLayer} onKey={typist.press} />
      </main>
      <Footer back={{ onPress: onBack }} next={{ onPress: onNext, isReady: typist.text.trim() !== '' }} />
      {found === null || (found === read && typist.problem === null) ? null : (
        <Dialog
          title={found.what}
          icon="warning"
          tone="warning"
          onEscape={close}
          actions={
            <Button large tone="primary" onPress={close}>
              {t.help.close}
            </Button>
          }
        >
          <p className="lead">{found.next}</p>
        </Dialog>
      )}
    </div>
  )
}

/** What a key did, where no voice can say the syllable. */
function keyName(key: TypingKey, syllable: string, language: 'ko' | 'en'): string {
  switch (key.kind) {
    case 'jamo':
      return signName(key.jamo, language)
    case 'stroke':
      return signName(key.stroke, language)
    default:
      return spell(syllable, language).join(' · ')
  }
}
