/** The technician's files: small values kept durably, the report's folder, and the list of the shipped files. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DurableWriteError, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import type { z } from 'zod'
import type { ReportFile, Stored } from './core/technician/ports.ts'
import { type FileHash, softwareHash } from './core/technician/software-hash.ts'

/** A value in a JSON file. A file that is missing or damaged counts as `nothing`: whatever it held can be measured again. */
export async function storedFile<T>(path: string, schema: z.ZodType<T>, nothing: T): Promise<Stored<T>> {
  let value = parse(await readIfPresent(path), schema) ?? nothing
  return {
    get value() {
      return value
    },
    async keep(next) {
      if (!(await written(path, `${JSON.stringify(next)}\n`))) return false
      value = next
      return true
    },
  }
}

function parse<T>(bytes: Uint8Array | null, schema: z.ZodType<T>): T | undefined {
  if (bytes === null) return undefined
  try {
    return schema.safeParse(JSON.parse(decodeUtf8(bytes))).data
  } catch {
    return undefined
  }
}

/** Writes files into a folder, which is made when it is missing. False when one of them could not be written. */
export async function writeFiles(folder: string, files: readonly ReportFile[]): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true })
  } catch {
    return false
  }
  for (const { name, bytes } of files) {
    if (!(await written(join(folder, name), bytes))) return false
  }
  return true
}

/** Writes into the folder of a memory stick; false when none is there, so that nothing lands under an empty mount point's parent. */
export async function writeToStick(folder: string, files: readonly ReportFile[]): Promise<boolean> {
  return existsSync(folder) && writeFiles(folder, files)
}

async function written(path: string, bytes: Uint8Array | string): Promise<boolean> {
  try {
    await writeDurable(path, bytes)
    return true
  } catch (error) {
    if (error instanceof DurableWriteError) return false
    throw error
  }
}

/** What a kiosk runs from, below the folder of the rooms: sources, the built page, and the lock that pins everything else. */
const SHIPPED = [
  'package-lock.json',
  'protocol/src',
  'platform/src',
  'platform/assets',
  'devices/src',
  'kiosk/src',
  'kiosk/dist/ui',
] as const
const NOT_SHIPPED = /(^|\/)(testing|node_modules)\/|\.test\.tsx?$/

/** Hashes of all shipped files below `root`, which is the folder that holds the rooms. */
export async function shippedFiles(root: string): Promise<FileHash[]> {
  const paths = (await Promise.all(SHIPPED.map((path) => filesBelow(root, path)))).flat()
  const hashes: FileHash[] = []
  for (const path of paths.filter((path) => !NOT_SHIPPED.test(path))) {
    const bytes = await readFile(join(root, path))
    hashes.push({ path, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  return hashes
}

/** Computes the hash while everything else goes on. */
export async function hashOfSoftware(root: string): Promise<string> {
  return softwareHash(await shippedFiles(root))
}

async function filesBelow(root: string, path: string): Promise<string[]> {
  if (!existsSync(join(root, path))) return []
  if (path.endsWith('.json')) return [path]
  const entries = await readdir(join(root, path), { withFileTypes: true })
  const below = entries.map((entry) => {
    const inside = `${path}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(root, inside)
    return entry.isFile() ? [inside] : []
  })
  return (await Promise.all(below)).flat()
}
