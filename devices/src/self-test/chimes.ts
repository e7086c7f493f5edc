import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ChimeSide, Facts, SelfTestOptions, SelfTestPorts } from './ports.ts'
import type { SelfTestProblem } from './problems.ts'

/**
 * Plays a chime on the left, then on the right, and asks each time where it was heard: swapped wires and a dead channel
 * both show.
 */
export async function testHeadphones(
  { chime }: SelfTestPorts,
  options: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (chime === undefined) return err('absent')
  const heard: string[] = []
  for (const side of ['left', 'right'] as const) {
    const at = await listen(chime, side, 'heard-headphones', options)
    if (!at.ok) return at
    heard.push(at.value)
  }
  const [left, right] = heard
  if (heard.every((at) => at === 'nowhere')) return err('not-heard')
  if (left !== 'left' || right !== 'right')
    return err('wrong-side', `left was heard: ${left}; right was heard: ${right}`)
  return ok({ left: true, right: true })
}

/** Plays a chime on the loudspeaker and asks whether it was heard. */
export async function testSpeaker(
  { chime }: SelfTestPorts,
  options: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (chime === undefined) return err('absent')
  const answer = await listen(chime, 'speaker', 'heard-speaker', options)
  if (!answer.ok) return answer
  return answer.value === 'yes' ? ok({ heard: true }) : err('not-heard')
}

async function listen(
  chime: NonNullable<SelfTestPorts['chime']>,
  side: ChimeSide,
  question: 'heard-headphones' | 'heard-speaker',
  { guide, signal }: SelfTestOptions,
): Promise<Result<string, SelfTestProblem>> {
  guide.tell({ kind: 'listen' })
  if (!(await chime(side))) return signal.aborted ? err('stopped') : err('no-sound')
  const answer = await guide.ask(question)
  return answer === null ? err('stopped') : ok(answer)
}
