// Compiles protocol/assembly to WebAssembly and embeds it in protocol/src/group/msm-wasm.ts, so that browsers and
// kiosks need no extra file. A test compiles again and compares, so the embedded bytes always match the source.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The compiled module; throws with the compiler's messages. */
export async function compileMsm() {
  let binary
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--outFile',
      'msm.wasm',
      '--baseDir',
      join(root, 'protocol', 'assembly'),
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents
      },
    },
  )
  if (error || binary === undefined) throw new Error(`assemblyscript failed: ${stderr.toString()}`)
  return binary
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const base64 = Buffer.from(await compileMsm()).toString('base64')
  const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}'`)
  const text = `/** The compiled protocol/assembly, made by scripts/build-wasm.mjs; base64. */\nexport const MSM_WASM =\n${lines.join(' +\n')}\n`
  writeFileSync(join(root, 'protocol', 'src', 'group', 'msm-wasm.ts'), text)
  console.log(`embedded ${base64.length} base64 characters`)
}
