import { useLayoutEffect, useRef, useState } from 'react'
import { useText } from '../i18n/use-text.ts'
import type { TypingKey } from '../input/hangul/typing.ts'
import { type Key, LAYOUTS, type Layer, type NamedKey, shifted } from '../input/keyboard-layouts.ts'
import { signName } from '../speech/spelling.ts'
import { Icon } from './icon.tsx'

export interface OnScreenKeyboardProps {
  readonly layer: Layer
  readonly onLayer: (layer: Layer) => void
  readonly onKey: (key: TypingKey) => void
}

/**
 * The keys of one layer. Each row is a group that a switch user enters with one press (`data-row`); the arrows of a
 * keypad move over the keys as they lie (`data-grid`). Keys do nothing by being held.
 */
export function OnScreenKeyboard({ layer, onLayer, onKey }: OnScreenKeyboardProps) {
  const { t } = useText()
  const [isShifted, setShifted] = useState(false)
  const { columns, rows } = LAYOUTS[layer]
  const grid = useRef<HTMLDivElement>(null)
  // Other keys take the place of the pressed one: the focus must not fall out of the keyboard.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other keys come with another layer
  useLayoutEffect(() => {
    if (document.activeElement === document.body) grid.current?.querySelector('button')?.focus()
  }, [layer])
  const press = (key: Key): void => {
    setShifted(key.press.kind === 'shift' && !isShifted)
    if (key.press.kind === 'layer') onLayer(key.press.layer)
    else if (key.press.kind !== 'shift') onKey(key.press)
  }
  return (
    <div
      className={columns === 4 ? 'keys few' : 'keys ten'}
      {...group(t.typing.name)}
      ref={grid}
      data-grid=""
    >
      {rows.map((row, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          key={`${layer} ${at}`}
          className="key-row"
          {...group(t.typing.row(at + 1))}
          tabIndex={-1}
          data-row=""
        >
          {row.map((one) => {
            const key = isShifted ? shifted(one) : one
            return (
              <KeyButton
                key={typeof one.shows === 'string' ? one.shows : one.shows.word}
                of={key}
                isOn={key.press.kind === 'shift' && isShifted}
                onPress={() => press(key)}
              />
            )
          })}
        </div>
      ))}
    </div>
  )
}

function group(name: string) {
  return { role: 'group', 'aria-label': name }
}

function KeyButton({ of, isOn, onPress }: { of: Key; isOn: boolean; onPress: () => void }) {
  const { t, language } = useText()
  const { shows, says, span, press } = of
  const isWord = typeof shows !== 'string'
  const label =
    typeof says === 'string'
      ? t.typing.says[says]
      : says.map((character) => signName(character, language)).join(' · ')
  const state = press.kind === 'shift' ? { 'aria-pressed': isOn } : {}
  return (
    <button
      type="button"
      className={isWord ? 'key word' : 'key'}
      data-span={span}
      onClick={onPress}
      aria-label={label}
      {...state}
    >
      {isWord ? (
        <Word name={shows.word} isWide={span > 3} />
      ) : (
        <span lang={/[a-z]/i.test(shows) ? 'en' : 'ko'}>{shows}</span>
      )}
    </button>
  )
}

function Word({ name, isWide }: { name: NamedKey; isWide: boolean }) {
  const { t } = useText()
  const { shows } = t.typing
  switch (name) {
    case 'left':
      return <Icon name="back" />
    case 'right':
      return <Icon name="forward" />
    case 'shift':
      return <span lang="ko">ㄲㄸ</span>
    case 'capital':
      return <span lang="en">Aa</span>
    case 'blank':
      return <span>{isWide ? shows.blankWide : shows.blank}</span>
    default:
      return <span>{shows[name]}</span>
  }
}
