import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadConfig } from '@hanpyo/platform/config.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { practiceContests } from '../src/core/practice/practice-contests.ts'
import { FIXTURES } from '../src/host/fixtures.ts'
import { buildClips } from './build-clips.ts'
import { findEspeak } from './engine.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const USAGE = `scripts/speech-clips.mjs [--content <file>]… [--out <folder>] [--if-possible]

Makes the kiosk's spoken clips, in Korean and English, with espeak-ng.
  --content      an election's manifest.note or definition (.toml); may be repeated. Without it: the elections in
                 examples/ and the one of the fixtures
  --out          where the clips go (kiosk/dist/ui/speech)
  --if-possible  where espeak-ng is not installed, say that speech is off and succeed`

/** Runs the build step; answers the exit code. */
export async function main(args: readonly string[], say: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      content: { type: 'string', multiple: true },
      out: { type: 'string', default: join(ROOT, 'kiosk', 'dist', 'ui', 'speech') },
      'if-possible': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(USAGE)
    return 0
  }
  const engine = await findEspeak()
  if (engine === null) {
    say('Spoken ballot: off, because espeak-ng is not installed here (Debian: apt-get install espeak-ng).')
    return values['if-possible'] ? 0 : 1
  }
  const practice = practiceContests(['choose-one', 'approve', 'rank', 'budget', 'yes-no'])
  const content = await (values.content === undefined
    ? examples().then((elections) => [FIXTURES, ...elections])
    : Promise.all(values.content.map(readContent)))
  const cache = join(ROOT, 'kiosk', 'dist', 'speech-cache')
  const built = await buildClips({ engine, content: [practice, ...content], out: values.out, cache })
  const megabytes = (built.bytes / 1_000_000).toFixed(1)
  say(`Spoken ballot: ${built.clips} clips, ${built.made} of them new, ${megabytes} MB.`)
  return 0
}

/** An election's texts: the JSON of a signed note (its text ends at the first empty line), or a TOML definition. */
async function readContent(path: string): Promise<unknown> {
  if (path.endsWith('.toml')) return expectOk(await loadConfig({ path, schema: z.looseObject({}), env: {} }))
  return JSON.parse(readFileSync(path, 'utf8').split('\n\n')[0] as string)
}

/** Definitions of elections; the other files are scenarios for the simulator. */
async function examples(): Promise<unknown[]> {
  const folder = join(ROOT, 'examples')
  const names = readdirSync(folder).filter((name) => name.endsWith('.toml'))
  const contents = await Promise.all(names.map((name) => readContent(join(folder, name))))
  return contents.filter(
    (content) => typeof content === 'object' && content !== null && 'contests' in content,
  )
}
