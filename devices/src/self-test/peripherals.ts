import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { TEST_CODE, testReceipt } from '../commands/test-receipt.ts'
import type { Facts, SelfTestOptions, SelfTestPorts } from './ports.ts'
import type { SelfTestProblem } from './problems.ts'

/** Asks for paper and cover, prints the test receipt with Korean on it, and asks whether it can be read. */
export async function testPrinter(
  { printer }: SelfTestPorts,
  { guide, name = 'hanpyo' }: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (printer === undefined) return err('absent')
  guide.tell({ kind: 'printing' })
  const printed = await printer.print(testReceipt(name))
  if (!printed.ok) {
    if (printed.error === 'printer-not-connected') return err('not-connected')
    return err('not-printed', printed.detail ?? printed.error)
  }
  const status = await printer.status()
  const answer = await guide.ask('paper-readable')
  if (answer === null) return err('stopped')
  if (answer !== 'yes') return err('not-readable')
  return ok({ paper: status.ok ? status.value.paper : 'unknown' })
}

/** Waits for the code of the test receipt. Of any other code, which may be a voting right, only the length is told. */
export async function testScanner(
  { scanner }: SelfTestPorts,
  { guide, signal }: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (scanner === undefined) return err('absent')
  if (scanner.state === 'offline') return err('not-connected')
  guide.tell({ kind: 'scan-test-code' })
  const text = await scanner.next(signal)
  if (text === null) return err('stopped')
  if (text.trim() !== TEST_CODE) return err('other-code', `${text.length} characters`)
  return ok({ characters: text.trim().length })
}

/** Lights the lamp, lets it blink, and asks each time whether it does; leaves it as it was. */
export async function testLamp(
  { lamp }: SelfTestPorts,
  { guide }: SelfTestOptions,
): Promise<Result<Facts, SelfTestProblem>> {
  if (lamp === undefined) return err('absent')
  const before = lamp.mode
  try {
    for (const [mode, question] of [
      ['on', 'lamp-on'],
      ['blink', 'lamp-blinking'],
    ] as const) {
      const set = await lamp.set(mode)
      if (!set.ok) return err(set.error === 'lamp-not-connected' ? 'not-connected' : 'lamp-silent')
      const answer = await guide.ask(question)
      if (answer === null) return err('stopped')
      if (answer !== 'yes') return err('lamp-dark', mode)
    }
    return ok({ on: true, blinking: true })
  } finally {
    await lamp.set(before)
  }
}
