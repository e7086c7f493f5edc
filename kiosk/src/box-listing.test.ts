import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { listBox } from './box-listing.ts'
import { openTestBox, testProposal, testSupport } from './testing/filled-box.ts'

test('proposals and supports are listed with where they stand, waiting until their ack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-listing-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'box.sqlite')
  const { box } = openTestBox(path)
  expectOk(box.openPolls())
  const [proposal] = expectOk(box.insertStatement(testProposal(1)))
  const [support] = expectOk(box.insertStatement(testSupport(2)))
  const states = () =>
    Object.fromEntries(expectOk(listBox(path)).statements.map((item) => [item.id, [item.state, item.reason]]))
  const ids = [toHex(proposal!.id), toHex(support!.id)] as const
  expect(states()).toEqual({ [ids[0]]: ['waiting', undefined], [ids[1]]: ['waiting', undefined] })
  expectOk(box.settle(proposal!.id, 0, 'wifi'))
  expectOk(box.settle(support!.id, 0x24, 'wifi'))
  expect(states()).toEqual({
    [ids[0]]: ['recorded', undefined],
    [ids[1]]: ['refused', expect.any(String)],
  })
  box.close()
})
