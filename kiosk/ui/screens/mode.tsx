import { Screen } from '../components/screen.tsx'
import { Way } from '../components/way.tsx'
import { useText } from '../i18n/use-text.ts'

export interface ModeProps {
  readonly place: string
  /** Whether this kiosk can speak the election on its screens. */
  readonly canSpeak: boolean
  readonly onChoose: (mode: 'normal' | 'simple' | 'audio') => void
  readonly onOtherLanguage: () => void
}

/** The first question: four ways to vote. Each can be changed at any later moment. */
export function Mode({ place, canSpeak, onChoose, onOtherLanguage }: ModeProps) {
  const { t } = useText()
  const { normal, simple, audio, audioOff, other } = t.mode
  return (
    <Screen place={place} title={t.mode.title} lead={t.mode.how} step={null}>
      <div className="stack">
        <Way
          icon="screen"
          title={normal.name}
          how={normal.how}
          isPrimary
          onPress={() => onChoose('normal')}
        />
        <Way icon="letters" title={simple.name} how={simple.how} onPress={() => onChoose('simple')} />
        {canSpeak ? (
          <Way icon="headphones" title={audio.name} how={audio.how} onPress={() => onChoose('audio')} />
        ) : (
          <Way icon="headphones" title={audioOff.name} how={audioOff.how} isOff onPress={() => {}} />
        )}
        <Way
          icon="globe"
          title={other.name}
          how={other.how}
          lang={t.switchLanguage.lang}
          onPress={onOtherLanguage}
        />
      </div>
    </Screen>
  )
}

/** What is private is spoken on headphones only, so somebody who wants to listen is asked for them. */
export function Headphones({ place, onAnswer }: { place: string; onAnswer: (arePlugged: boolean) => void }) {
  const { t } = useText()
  return (
    <Screen place={place} title={t.headphones.title} lead={t.headphones.how} step={null}>
      <div className="stack">
        <Way
          icon="headphones"
          title={t.headphones.plugged}
          how={t.speech.keys}
          isPrimary
          onPress={() => onAnswer(true)}
        />
        <Way
          icon="minus"
          title={t.headphones.without}
          how={t.headphones.withoutHow}
          onPress={() => onAnswer(false)}
        />
      </div>
    </Screen>
  )
}
