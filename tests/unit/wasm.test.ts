import { fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { MSM_WASM } from '@hanpyo/protocol/group/msm-wasm.ts'
import { expect, test } from 'vitest'
import { compileMsm } from '../../scripts/build-wasm.mjs'

test('the embedded WebAssembly is what its source in protocol/assembly compiles to', async () => {
  expect(toHex(await compileMsm())).toBe(toHex(fromBase64(MSM_WASM)))
}, 120_000)
