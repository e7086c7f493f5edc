import { lazy, Suspense, useContext, useEffect, useRef, useState } from 'react'
import type { ReceiptReply, Snapshot } from '../../src/snapshot.ts'
import { Notice, saveFile, To } from '../components/basics.tsx'
import { useText } from '../i18n/use-text.ts'
import { LinkContext, useSnapshot, useStore } from '../use-board.ts'

/** The reader of QR codes is half as large as the rest of the page, and most people type. */
const Scanner = lazy(async () => ({ default: (await import('../components/scanner.tsx')).Scanner }))

export function Receipt() {
  const { t } = useText()
  const { calls } = useStore()
  const { receipt } = useContext(LinkContext)
  const snapshot = useSnapshot()
  const [slip, setSlip] = useState('')
  const [code, setCode] = useState(receipt ?? '')
  const [isScanning, setScanning] = useState(false)
  const [reply, setReply] = useState<ReceiptReply | null>(null)
  const answer = useRef<HTMLDivElement>(null)
  const known = snapshot?.proofs.total ?? 0

  const find = async (question: { slip: string; code: string }): Promise<void> => {
    const said = await calls.findReceipt(question)
    // The secret of a slip stays nowhere, not even in a field.
    const isSecret = said.status === 'slip-secret'
    setSlip(isSecret ? '' : question.slip)
    setCode(isSecret ? '' : question.code)
    setReply(said)
    answer.current?.focus()
  }

  // A code from a link is looked for as soon as there are records to look in.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the first records are there
  useEffect(() => {
    if (receipt !== undefined && known > 0 && reply === null) void find({ slip: '', code: receipt })
  }, [known > 0])

  return (
    <>
      <p className="lead">{t.receipt.lead}</p>
      <p>{t.receipt.private}</p>
      <form
        className="card"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          void find({ slip, code })
        }}
      >
        <label>
          {t.receipt.slip}
          <input
            value={slip}
            inputMode="numeric"
            autoComplete="off"
            aria-describedby="slip-how"
            onChange={({ target }) => setSlip(target.value)}
          />
        </label>
        <p className="fine" id="slip-how">
          {t.receipt.slipHow}
        </p>
        <label>
          {t.receipt.code}
          <input
            value={code}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            aria-describedby="code-how"
            onChange={({ target }) => setCode(target.value)}
          />
        </label>
        <p className="fine" id="code-how">
          {t.receipt.codeHow}
        </p>
        <p className="actions">
          <button type="submit" className="main">
            {t.receipt.find}
          </button>
          <button type="button" aria-expanded={isScanning} onClick={() => setScanning(!isScanning)}>
            {isScanning ? t.receipt.cameraStop : t.receipt.camera}
          </button>
        </p>
        {isScanning ? (
          <Suspense fallback={<p>{t.receipt.cameraHow}</p>}>
            <Scanner
              onFound={(text) => {
                setScanning(false)
                void find({ slip: '', code: text })
              }}
            />
          </Suspense>
        ) : null}
      </form>
      <div ref={answer} tabIndex={-1} aria-live="polite" className="answer">
        {reply === null ? null : <Answer reply={reply} snapshot={snapshot} />}
      </div>
    </>
  )
}

function Answer({ reply, snapshot }: { reply: ReceiptReply; snapshot: Snapshot | null }) {
  const { t, lasting } = useText()
  if (reply.status !== 'answer') {
    return (
      <Notice tone={reply.status === 'slip-secret' ? 'bad' : 'warn'} title={t.receipt.asked[reply.status]} />
    )
  }
  const { answer, batch } = reply
  const words = t.receipt.answers
  switch (answer.status) {
    case 'recorded':
      return (
        <Notice tone="good" title={words.recorded.title}>
          <p>{words.recorded.text(answer.record, batch, answer.code)}</p>
          <p>{words.recorded.compare}</p>
          <Further record={answer.record} />
        </Notice>
      )
    case 'different-code':
      return (
        <Notice tone="bad" title={words['different-code'].title}>
          <p>{words['different-code'].text(answer.record, batch, answer.code)}</p>
          <Further record={answer.record} />
        </Notice>
      )
    case 'refused':
      return (
        <Notice tone="warn" title={words.refused.title}>
          <p>{words.refused.text(answer.record, batch, t.receipt.reasons[answer.reason])}</p>
          <Further record={answer.record} />
        </Notice>
      )
    case 'checked':
      return (
        <Notice tone="plain" title={words.checked.title}>
          <p>{words.checked.text(answer.record, batch)}</p>
          <Further record={answer.record} />
        </Notice>
      )
    case 'not-found': {
      const isSealed = snapshot?.polls === 'sealed'
      const isPartial = snapshot !== null && snapshot.reading.done < snapshot.reading.total
      const time = lasting(2 * (snapshot?.election?.maxDelaySeconds ?? 3600))
      return (
        <Notice tone={isSealed && !isPartial ? 'bad' : 'warn'} title={words['not-found'].title}>
          <p>
            {isPartial
              ? t.receipt.partial
              : isSealed
                ? words['not-found'].sealed
                : words['not-found'].open(time)}
          </p>
        </Notice>
      )
    }
  }
}

function Further({ record }: { record: number }) {
  const { t } = useText()
  const { calls } = useStore()
  const [hasNone, setNone] = useState(false)
  const save = async (): Promise<void> => {
    const proof = await calls.proofOf(record)
    setNone(proof === null)
    if (proof !== null) saveFile(proof)
  }
  return (
    <>
      <p className="actions">
        <To route={{ view: 'record', index: record }} className="button">
          {t.receipt.look}
        </To>
        <button type="button" onClick={() => void save()}>
          {t.receipt.proof}
        </button>
      </p>
      <p className="fine">{hasNone ? t.receipt.proofNone : t.receipt.proofHow}</p>
    </>
  )
}
