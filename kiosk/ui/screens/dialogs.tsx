import { useEffect, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import type { HelpTopic } from '../i18n/catalog.ts'
import type { ProposalTopic } from '../i18n/proposals-catalog.ts'
import { useText } from '../i18n/use-text.ts'

/** How to go on, and how to get a person. Everything chosen is covered while somebody may come and look. */
export function HelpDialog(props: {
  readonly topic: HelpTopic | ProposalTopic
  /** A proposal is covered, not a choice. */
  readonly isProposing: boolean
  readonly isCalled: boolean
  readonly onCall: (isCalled: boolean) => void
  /** Opens the way to the staff screens; `null` on a kiosk without a staff PIN. */
  readonly onStaff: (() => void) | null
  readonly onClose: () => void
}) {
  const { topic, isProposing, isCalled, onCall, onStaff, onClose } = props
  const { t } = useText()
  const tips = { ...t.help.tips, ...t.proposals.tips }
  return (
    <Dialog
      title={t.help.title}
      icon="hand"
      onEscape={onClose}
      actions={
        <>
          <Button large tone="secondary" icon="hand" onPress={() => onCall(!isCalled)}>
            {isCalled ? t.help.cancel : t.help.call}
          </Button>
          <Button large tone="primary" onPress={onClose}>
            {t.help.close}
          </Button>
        </>
      }
    >
      <p className="lead">{tips[topic]}</p>
      <p role="status">{isCalled ? t.help.called : t.help.staff}</p>
      <p className="soft">{isProposing ? t.proposals.covered : t.help.covered}</p>
      {onStaff === null ? null : (
        <Button tone="quiet" icon="lock" onPress={onStaff}>
          {t.help.staffScreen}
        </Button>
      )}
    </Dialog>
  )
}

export function LeaveDialog({
  isProposing,
  onStay,
  onGo,
}: {
  isProposing: boolean
  onStay: () => void
  onGo: () => void
}) {
  const { t } = useText()
  return (
    <Dialog
      title={t.leave.title}
      icon="home"
      onEscape={onStay}
      actions={
        <>
          <Button large tone="primary" onPress={onStay}>
            {isProposing ? t.proposals.leave.stay : t.leave.stay}
          </Button>
          <Button large tone="secondary" onPress={onGo}>
            {t.leave.go}
          </Button>
        </>
      }
    >
      <p className="lead">{isProposing ? t.proposals.leave.how : t.leave.how}</p>
    </Dialog>
  )
}

/** The number on the screen is not the one on the slip: the voter stops here, with nothing stored. */
export function MismatchDialog({ onBack, onGo }: { onBack: () => void; onGo: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      title={t.number.mismatch.what}
      icon="warning"
      tone="warning"
      onEscape={onBack}
      actions={
        <>
          <Button large tone="primary" onPress={onGo}>
            {t.footer.leave}
          </Button>
          <Button large tone="secondary" onPress={onBack}>
            {t.help.close}
          </Button>
        </>
      }
    >
      <p className="lead">{t.number.mismatch.next}</p>
    </Dialog>
  )
}

export interface IdleDialogProps {
  /** Seconds left when the core said so, `receivedMs` ago on `now`'s clock. */
  readonly secondsLeft: number
  readonly receivedMs: number
  readonly now: () => number
  readonly isProposing: boolean
  readonly onStay: () => void
  readonly onGo: () => void
}

/** Asks whether somebody is still there; the core, not this dialog, ends the session. */
export function IdleDialog(props: IdleDialogProps) {
  const { secondsLeft, receivedMs, now, isProposing, onStay, onGo } = props
  const { t } = useText()
  const [left, setLeft] = useState(secondsLeft)
  useEffect(() => {
    const update = (): void => setLeft(Math.max(0, secondsLeft - Math.floor((now() - receivedMs) / 1_000)))
    update()
    const timer = setInterval(update, 250)
    return () => clearInterval(timer)
  }, [secondsLeft, receivedMs, now])
  return (
    <Dialog
      title={t.idle.title}
      icon="clock"
      tone="warning"
      onEscape={onStay}
      actions={
        <>
          <Button large tone="primary" onPress={onStay}>
            {t.idle.stay}
          </Button>
          <Button large tone="secondary" onPress={onGo}>
            {t.idle.go}
          </Button>
        </>
      }
    >
      <p className="countdown numeric" role="timer">
        {t.idle.seconds(left)}
      </p>
      <p className="lead">{isProposing ? t.proposals.idle : t.idle.how}</p>
    </Dialog>
  )
}
