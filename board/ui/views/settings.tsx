import { To } from '../components/basics.tsx'
import { useText } from '../i18n/use-text.ts'
import type { Display } from '../use-display.ts'

export function Settings({
  display,
  change,
}: {
  display: Display
  change: (change: Partial<Display>) => void
}) {
  const { t } = useText()
  return (
    <>
      <Choice
        name="size"
        title={t.settings.size}
        texts={t.settings.sizes}
        value={display.size}
        onChoose={(size) => change({ size })}
      />
      <Choice
        name="theme"
        title={t.settings.theme}
        texts={t.settings.themes}
        value={display.theme}
        onChoose={(theme) => change({ theme })}
      />
      <Choice
        name="language"
        title={t.settings.language}
        texts={t.settings.languages}
        value={display.language}
        onChoose={(language) => change({ language })}
      />
      <p className="actions">
        <To route={{ view: 'paper' }} className="button">
          {t.nav.paper}
        </To>
      </p>
    </>
  )
}

function Choice<T extends string>({
  name,
  title,
  texts,
  value,
  onChoose,
}: {
  name: string
  title: string
  texts: Readonly<Record<T, string>>
  value: T
  onChoose: (value: T) => void
}) {
  return (
    <fieldset className="card">
      <legend>{title}</legend>
      {(Object.keys(texts) as T[]).map((key) => (
        <label key={key} className="choice">
          <input type="radio" name={name} checked={key === value} onChange={() => onChoose(key)} />
          <span lang={name === 'language' ? key : undefined}>{texts[key]}</span>
        </label>
      ))}
    </fieldset>
  )
}
