import { useId } from 'react'
import { Icon } from './icon.tsx'

export interface SegmentsProps<Value extends string> {
  readonly name: string
  readonly values: readonly Value[]
  readonly labels: Readonly<Record<Value, string>>
  readonly value: Value
  readonly onChoose: (value: Value) => void
}

/** One setting with its few values side by side; the chosen one shows by edge, tint and mark. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const { name, values, labels, value, onChoose } = props
  const id = useId()
  return (
    <section className="setting">
      <h2 id={id}>{name}</h2>
      <div className="segments" role="radiogroup" aria-labelledby={id}>
        {values.map((one) => (
          <Segment key={one} label={labels[one]} isChosen={one === value} onPress={() => onChoose(one)} />
        ))}
      </div>
    </section>
  )
}

function Segment({ label, isChosen, onPress }: { label: string; isChosen: boolean; onPress: () => void }) {
  const state = { role: 'radio', 'aria-checked': isChosen }
  return (
    <button type="button" className="segment" onClick={onPress} {...state}>
      <span className="mark">
        <Icon name="check" />
      </span>
      <span>{label}</span>
    </button>
  )
}
