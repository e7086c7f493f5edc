import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Language } from '../src/contract/views.ts'
import { inventory } from '../ui/speech/inventory.ts'
import type { ClipIndex } from '../ui/speech/speaker.ts'
import type { SpeechEngine } from './engine.ts'
import { encodeMuLawWav, parseWav, trimSilence } from './wav.ts'

const LANGUAGES = ['ko', 'en'] as const
/** Engine processes at a time. */
const AT_ONCE = 4

export interface BuiltClips {
  readonly clips: number
  readonly made: number
  readonly bytes: number
}

/**
 * Makes the clips of everything the screens and the elections in `content` may say, and the list of them,
 * `<out>/index.json`. Clips that the cache already holds are not made again. Throws, naming the text, when one cannot be
 * made or is silent: a kiosk must not have a sentence that it cannot say. The list is written last.
 */
export async function buildClips(options: {
  readonly engine: SpeechEngine
  readonly content: readonly unknown[]
  readonly out: string
  readonly cache: string
  /** Path under which the page finds `out`. */
  readonly path?: string
}): Promise<BuiltClips> {
  const { engine, content, out, cache, path = '/speech' } = options
  const index: Record<Language, Record<string, string>> = { ko: {}, en: {} }
  const jobs = LANGUAGES.flatMap((language) =>
    [...inventory(language, content)].map(([text, spoken]) => ({ language, text, spoken })),
  )
  await rm(out, { recursive: true, force: true })
  await mkdir(out, { recursive: true })
  await mkdir(cache, { recursive: true })
  const placed = new Set<string>()
  let made = 0
  let bytes = 0
  const clip = async ({ language, text, spoken }: (typeof jobs)[number]): Promise<void> => {
    const name = `${language}-${hash(engine.id, language, spoken)}.wav`
    const cached = join(cache, name)
    if (!existsSync(cached)) {
      await makeClip(engine, spoken, language, cached)
      made += 1
    }
    const target = join(out, name)
    // Two texts may be spoken alike.
    if (!placed.has(name)) {
      placed.add(name)
      await link(cached, target).catch(() => copyFile(cached, target))
      bytes += (await stat(target)).size
    }
    index[language][text] = `${path}/${name}`
  }
  const waiting = [...jobs]
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await clip(job)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await writeFile(join(out, 'index.json'), `${JSON.stringify(index satisfies ClipIndex)}\n`)
  return { clips: jobs.length, made, bytes }
}

async function makeClip(engine: SpeechEngine, text: string, language: Language, path: string): Promise<void> {
  let samples = 0
  let wav: Uint8Array
  try {
    const sound = trimSilence(parseWav(await engine.speak(text, language)))
    samples = sound.samples.length
    wav = encodeMuLawWav(sound)
  } catch (error) {
    throw new Error(`no clip for "${text}" (${language})`, { cause: error })
  }
  if (samples === 0) throw new Error(`the clip for "${text}" (${language}) is silent`)
  // A build that breaks off leaves no half clip behind.
  await writeFile(`${path}.new`, wav)
  await rename(`${path}.new`, path)
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}
