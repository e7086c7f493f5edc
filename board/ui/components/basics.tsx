import type { ReactNode } from 'react'
import type { FileOffer } from '../../src/snapshot.ts'
import { hashOf, type Route } from '../routes.ts'

export type Tone = 'plain' | 'good' | 'warn' | 'bad'

/** A sign beside the words; colour never stands alone. */
const SIGNS: Readonly<Record<Tone, string>> = { plain: 'i', good: '✓', warn: '!', bad: '✕' }

export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ReactNode }) {
  return (
    <section className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <span className="sign" aria-hidden="true">
        {SIGNS[tone]}
      </span>
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </section>
  )
}

export function Card({
  title,
  children,
  className = '',
}: {
  title?: string
  children: ReactNode
  className?: string
}) {
  return (
    <section className={`card ${className}`}>
      {title === undefined ? null : <h2>{title}</h2>}
      {children}
    </section>
  )
}

export function To({
  route,
  children,
  className,
}: {
  route: Route
  children: ReactNode
  className?: string
}) {
  return (
    <a href={hashOf(route)} className={className}>
      {children}
    </a>
  )
}

export function Meter({ done, total, label }: { done: number; total: number; label: string }) {
  return (
    <div className="meter">
      <progress max={Math.max(1, total)} value={Math.min(done, total)} aria-label={label} />
      <p>{label}</p>
    </div>
  )
}

/** A long value that people compare: in groups of eight, and never wider than the screen. */
export function Value({ text }: { text: string }) {
  return <code className="value">{(text.match(/.{1,8}/g) ?? []).join(' ')}</code>
}

/** Hands a text to the browser as a file. Nothing is sent anywhere. */
export function saveFile({ name, text }: FileOffer): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
