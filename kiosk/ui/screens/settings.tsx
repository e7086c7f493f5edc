import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Segments } from '../components/segments.tsx'
import { useText } from '../i18n/use-text.ts'
import {
  type Display,
  type DisplayAction,
  SCAN_PACES,
  SPEECH_RATES,
  TEXT_SIZES,
  THEMES,
} from '../model/display.ts'

export interface SettingsProps {
  readonly display: Display
  /** Low mode is offered where it would change anything. */
  readonly isTall: boolean
  readonly canSpeak: boolean
  readonly onChange: (action: DisplayAction) => void
  /** Somebody is writing: the keys have a setting too. */
  readonly isWriting: boolean
  readonly onReplay: () => void
  readonly onStop: () => void
  readonly onClose: () => void
}

/** How the page looks, sounds and moves. Each press shows at once; all of it ends with the session. */
export function Settings(props: SettingsProps) {
  const { display, isTall, isWriting, onChange, onClose } = props
  const { t } = useText()
  const { settings } = t
  return (
    <Dialog
      title={settings.title}
      icon="sliders"
      isTall
      onEscape={onClose}
      actions={
        <Button large tone="primary" icon="check" onPress={onClose}>
          {settings.close}
        </Button>
      }
    >
      <Segments
        name={settings.size}
        values={TEXT_SIZES}
        labels={settings.sizes}
        value={display.size}
        onChoose={(size) => onChange({ kind: 'size', size })}
      />
      <Segments
        name={settings.theme}
        values={THEMES}
        labels={settings.themes}
        value={display.theme}
        onChoose={(theme) => onChange({ kind: 'theme', theme })}
      />
      {isTall ? (
        <Segments
          name={settings.reach}
          values={['full', 'low']}
          labels={settings.reaches}
          value={display.reach}
          onChoose={(reach) => onChange({ kind: 'reach', reach })}
        />
      ) : null}
      {isWriting ? (
        <Segments
          name={t.typing.limit.name}
          values={['off', 'on']}
          labels={t.typing.limit.values}
          value={display.hasKeyLimit ? 'on' : 'off'}
          onChoose={(limit) => onChange({ kind: 'key-limit', isOn: limit === 'on' })}
        />
      ) : null}
      <Sound {...props} />
      <Segments
        name={settings.scan}
        values={SCAN_PACES}
        labels={settings.scans}
        value={display.scan}
        onChoose={(scan) => onChange({ kind: 'scan', scan })}
      />
    </Dialog>
  )
}

function Sound({ display, canSpeak, onChange, onReplay, onStop }: SettingsProps) {
  const { t } = useText()
  const { settings } = t
  if (!canSpeak) {
    return (
      <section className="setting">
        <h2>{settings.sound}</h2>
        <p>{settings.soundOff}</p>
      </section>
    )
  }
  const isOn = display.mode === 'audio'
  const percent = Math.round((SPEECH_RATES[display.rate] ?? 1) * 100)
  return (
    <>
      <Segments
        name={settings.sound}
        values={['normal', 'audio']}
        labels={{ normal: settings.silent, audio: settings.listen }}
        value={isOn ? 'audio' : 'normal'}
        onChoose={(mode) => onChange({ kind: 'mode', mode })}
      />
      {isOn ? (
        <section className="setting">
          {display.hasHeadphones ? null : <p>{settings.headphones}</p>}
          <div className="segments">
            {display.hasHeadphones ? null : (
              <Button icon="headphones" onPress={() => onChange({ kind: 'headphones', isIn: true })}>
                {t.headphones.plugged}
              </Button>
            )}
            <Button icon="refresh" onPress={onReplay}>
              {settings.replay}
            </Button>
            <Button icon="stop" onPress={onStop}>
              {settings.stop}
            </Button>
            <Button icon="eye" onPress={() => onChange({ kind: 'blank' })}>
              {display.isBlank ? settings.paint : settings.blank}
            </Button>
          </div>
          <p role="status" className="numeric">
            {settings.volumeIs(display.volume)} · {settings.rateIs(percent)}
          </p>
          <div className="segments">
            <Button icon="minus" onPress={() => onChange({ kind: 'volume', step: -1 })}>
              {settings.softer}
            </Button>
            <Button icon="plus" onPress={() => onChange({ kind: 'volume', step: 1 })}>
              {settings.louder}
            </Button>
            <Button icon="minus" onPress={() => onChange({ kind: 'rate', step: -1 })}>
              {settings.slower}
            </Button>
            <Button icon="plus" onPress={() => onChange({ kind: 'rate', step: 1 })}>
              {settings.faster}
            </Button>
          </div>
        </section>
      ) : null}
    </>
  )
}
