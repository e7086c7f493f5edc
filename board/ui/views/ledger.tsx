import { useState } from 'react'
import type { BatchView, LeafView } from '../../src/snapshot.ts'
import { Card, saveFile, To, Value } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import type { FieldName, RecordKind } from '../i18n/catalog-ledger.ts'
import { useText } from '../i18n/use-text.ts'
import { hashOf } from '../routes.ts'
import { useAnswer, useSnapshot, useStore } from '../use-board.ts'

const BATCHES_ON_PAGE = 20
const RECORDS_ON_PAGE = 200

/** The chain of batches, the newest first. */
export function Ledger({ page }: { page: number }) {
  const { t } = useText()
  const { calls } = useStore()
  const snapshot = useSnapshot()
  const total = snapshot?.batchCount ?? 0
  const to = Math.max(0, total - page * BATCHES_ON_PAGE)
  const from = Math.max(0, to - BATCHES_ON_PAGE)
  const batches = useAnswer(() => calls.batches({ from, count: to - from }), `${from} ${to}`)
  if (snapshot?.election == null || snapshot.turnout === null || batches === null) return <Waiting />
  return (
    <>
      <p className="lead">{t.ledger.lead}</p>
      <Goto />
      {batches.length === 0 ? <p>{t.ledger.none}</p> : null}
      <ol className="chain" reversed>
        {[...batches].reverse().map((batch) => (
          <Link key={batch.number} batch={batch} />
        ))}
      </ol>
      <p className="actions">
        {page === 0 ? null : (
          <To route={{ view: 'ledger', page: page - 1 }} className="button">
            {t.ledger.newer}
          </To>
        )}
        {from === 0 ? null : (
          <To route={{ view: 'ledger', page: page + 1 }} className="button">
            {t.ledger.older}
          </To>
        )}
      </p>
    </>
  )
}

function Goto() {
  const { t } = useText()
  const [text, setText] = useState('')
  return (
    <form
      className="goto"
      onSubmit={(event) => {
        event.preventDefault()
        if (/^[0-9]{1,9}$/.test(text.trim()))
          location.hash = hashOf({ view: 'record', index: Number(text.trim()) })
      }}
    >
      <label>
        {t.ledger.goto}
        <input
          value={text}
          inputMode="numeric"
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <button type="submit">{t.ledger.go}</button>
    </form>
  )
}

/** One link of the chain. */
function Link({ batch }: { batch: BatchView }) {
  const { t, n } = useText()
  return (
    <li>
      <h2>
        <To route={{ view: 'batch', number: batch.number, page: 0 }}>{t.ledger.batch(batch.number)}</To>
      </h2>
      <p>
        {Object.entries(batch.types)
          .map(([name, count]) => `${t.ledger.types[kindOf(name)].name} ${n(count)}`)
          .join(' · ')}
      </p>
      <p className={batch.isChained ? 'fine' : 'strong bad-text'}>
        {batch.isChained ? `✓ ${t.ledger.chained}` : `✕ ${t.ledger.unchained}`}
        <Value text={batch.prev.slice(0, 16)} />
      </p>
    </li>
  )
}

/** One batch; a long one on several pages. */
export function Batch({ number, page }: { number: number; page: number }) {
  const { t, n } = useText()
  const { calls } = useStore()
  const snapshot = useSnapshot()
  const total = snapshot?.batchCount ?? 0
  const key = `${number} ${total >= number}`
  const batches = useAnswer(() => calls.batches({ from: number - 1, count: 1 }), key)
  const batch = batches?.[0]
  // The leaf that closes a batch stands behind its records.
  const length = batch === undefined ? 0 : batch.count + 1
  const from = page * RECORDS_ON_PAGE
  const range = {
    first: (batch?.first ?? 0) + from,
    count: Math.max(0, Math.min(length - from, RECORDS_ON_PAGE)),
  }
  const leaves = useAnswer(() => calls.leaves(range), `${range.first} ${range.count}`)
  if (snapshot?.election == null || snapshot.turnout === null || batches === null) return <Waiting />
  if (batch === undefined) return <p>{t.ledger.missing}</p>
  return (
    <>
      <h2>{t.ledger.batch(number)}</h2>
      <p>{t.ledger.records(n(batch.count))}</p>
      <p className={batch.isChained ? '' : 'strong bad-text'}>
        {batch.isChained ? `✓ ${t.ledger.chained}` : `✕ ${t.ledger.unchained}`}
      </p>
      <p>
        {t.ledger.prev}
        <Value text={batch.prev} />
      </p>
      {length > RECORDS_ON_PAGE ? <Goto /> : null}
      {range.count === 0 ? <p>{t.ledger.missing}</p> : null}
      <ol className="records" start={range.first}>
        {(leaves ?? []).map((leaf) => (
          <li key={leaf.index}>
            <To route={{ view: 'record', index: leaf.index }}>{t.ledger.record(leaf.index)}</To>
            <span>{t.ledger.types[kindOf(leaf.name)].name}</span>
            <span className="soft">{t.ledger.bytes(n(leaf.bytes))}</span>
          </li>
        ))}
      </ol>
      <p className="actions">
        {page === 0 ? null : (
          <To route={{ view: 'batch', number, page: page - 1 }} className="button">
            {t.ledger.fewerRecords(range.first)}
          </To>
        )}
        {from + RECORDS_ON_PAGE >= length ? null : (
          <To route={{ view: 'batch', number, page: page + 1 }} className="button">
            {t.ledger.moreRecords(range.first + range.count)}
          </To>
        )}
        {number >= total ? null : (
          <To route={{ view: 'batch', number: number + 1, page: 0 }} className="button">
            {t.ledger.batch(number + 1)}
          </To>
        )}
        {number <= 1 ? null : (
          <To route={{ view: 'batch', number: number - 1, page: 0 }} className="button">
            {t.ledger.batch(number - 1)}
          </To>
        )}
      </p>
    </>
  )
}

export function Record({ index }: { index: number }) {
  const { t } = useText()
  const { calls } = useStore()
  const snapshot = useSnapshot()
  const has = (snapshot?.proofs.total ?? 0) > index
  const leaves = useAnswer(() => calls.leaves({ first: index, count: 1 }), `${index} ${has}`)
  if (snapshot?.election == null || leaves === null) return <Waiting />
  const leaf = leaves[0]
  if (leaf === undefined || leaf.index !== index) return <p>{t.ledger.missingRecord}</p>
  return <Leaf leaf={leaf} isLast={index + 1 >= snapshot.proofs.total} />
}

function Leaf({ leaf, isLast }: { leaf: LeafView; isLast: boolean }) {
  const { t, n, say } = useText()
  const { calls } = useStore()
  const { index, name, fields, choices, text, hex, bytes, hash, batch } = leaf
  const kind = t.ledger.types[kindOf(name)]
  const save = async (): Promise<void> => {
    const proof = await calls.proofOf(index)
    if (proof !== null) saveFile(proof)
  }
  return (
    <>
      <h2>
        {t.ledger.record(index)} · {kind.name}
      </h2>
      <p className="lead">{kind.how}</p>
      {batch === null ? null : (
        <p>
          <To route={{ view: 'batch', number: batch, page: 0 }}>{t.ledger.inBatch(batch)}</To>
        </p>
      )}
      {fields.length === 0 ? null : (
        <Card title={t.ledger.fields}>
          <dl className="fields">
            {fields.map((field) => (
              <FieldRow key={`${field.name} ${field.value}`} {...field} />
            ))}
          </dl>
        </Card>
      )}
      {choices === null ? null : (
        <Card title={t.ledger.choices}>
          <dl className="fields">
            {choices.map(({ contest, options }) => (
              <div key={contest.en}>
                <dt>{say(contest)}</dt>
                <dd>
                  {options === null
                    ? t.ledger.invalidChoice
                    : options.length === 0
                      ? t.ledger.noChoice
                      : options.map(say).join(', ')}
                </dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
      {text === null ? null : (
        <details className="card">
          <summary>{t.ledger.text}</summary>
          <pre>{text}</pre>
        </details>
      )}
      <details className="card">
        <summary>
          {t.ledger.raw} · {t.ledger.bytes(n(bytes))}
        </summary>
        {hex.length / 2 < bytes ? <p>{t.ledger.cut}</p> : null}
        <pre>{(hex.match(/.{1,32}/g) ?? []).join('\n')}</pre>
      </details>
      <p>
        {t.ledger.hash}
        <Value text={hash} />
      </p>
      <p className="actions">
        <button type="button" onClick={() => void save()}>
          {t.ledger.proof}
        </button>
        {index === 0 ? null : (
          <To route={{ view: 'record', index: index - 1 }} className="button">
            {t.ledger.previous}
          </To>
        )}
        {isLast ? null : (
          <To route={{ view: 'record', index: index + 1 }} className="button">
            {t.ledger.next}
          </To>
        )}
      </p>
    </>
  )
}

function FieldRow({ name, value }: { name: string; value: string }) {
  const { t, when } = useText()
  const label = name in t.ledger.field ? t.ledger.field[name as FieldName] : name
  const isTime = name === 'at' && /^[0-9]{1,12}$/.test(value)
  return (
    <div>
      <dt>{label}</dt>
      <dd>{/^[0-9a-f]{64}$/.test(value) ? <Value text={value} /> : isTime ? when(Number(value)) : value}</dd>
    </div>
  )
}

function kindOf(name: string): RecordKind {
  return name as RecordKind
}
