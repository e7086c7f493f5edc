/** Writes the technician's error catalogue into its guide, from the code: `node scripts/technician-errors.ts --write`. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errorTable } from '@hanpyo/provisioning/frame/errors.ts'

const GUIDE = fileURLToPath(new URL('../docs/guides/technician.md', import.meta.url))
const [BEGIN, END] = ['<!-- errors: begin -->', '<!-- errors: end -->'] as const

/** The guide with the catalogue as the code has it now. Throws when the marks are missing. */
export function withErrorTable(guide: string): string {
  const [start, end] = [guide.indexOf(BEGIN), guide.indexOf(END)]
  if (start === -1 || end < start) throw new Error(`the guide has no ${BEGIN} … ${END}`)
  return `${guide.slice(0, start + BEGIN.length)}\n\n${errorTable('ko')}\n\n${errorTable('en')}\n\n${guide.slice(end)}`
}

if (process.argv.includes('--write')) {
  await writeFile(GUIDE, withErrorTable(await readFile(GUIDE, 'utf8')))
}
