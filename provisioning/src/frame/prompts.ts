import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CommandIo } from '@hanpyo/platform/command.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Text } from './error-entry.ts'
import { languageOf } from './errors.ts'

/** Asks a person; there only on a terminal. Null: the person gave up. */
export interface Terminal {
  text(question: string, initial: string | undefined): Promise<string | null>
  /** Nothing that is typed is shown. */
  secret(question: string): Promise<string | null>
  confirm(question: string): Promise<boolean | null>
}

export interface Question<T> {
  /** The flag that answers it, without dashes. */
  readonly flag: string
  readonly text: Text
  /** What the flag was given; asked for when undefined. */
  readonly given: string | undefined
  readonly initial?: string
  /** The value, or null when the answer cannot be used. */
  parse(answer: string): T | null
}

type AnswerError = 'answer-missing' | 'answer-invalid'

/** The answer from the flag, or from a person when there is a terminal. */
export async function ask<T>(
  { io, terminal }: { readonly io: CommandIo; readonly terminal: Terminal | undefined },
  question: Question<T>,
): Promise<Result<T, AnswerError>> {
  const { flag, given, initial, parse, text } = question
  if (given === undefined && terminal === undefined) return err('answer-missing', `--${flag}: ${text.en}`)
  const answer = given ?? (await terminal?.text(text[languageOf(io.env)], initial)) ?? null
  if (answer === null) return err('answer-missing', `--${flag}`)
  const value = parse(answer.trim())
  return value === null ? err('answer-invalid', `--${flag}: ${answer.slice(0, 80)}`) : ok(value)
}

/**
 * A secret from the file that `--<flag>-file` names, from the file that the environment variable `<VARIABLE>_FILE` names, from the variable
 * itself, or typed without echo. Never from an argument: those are visible to every user of the machine. One line; a file that
 * others may read is refused. Undefined: there is none, and it is optional.
 */
export async function askSecret(
  { io, terminal }: { readonly io: CommandIo; readonly terminal: Terminal | undefined },
  question: {
    readonly flag: string
    readonly variable: string
    readonly text: Text
    readonly file: string | undefined
    readonly optional?: boolean
  },
): Promise<Result<string | undefined, AnswerError>> {
  const { flag, variable, text, optional } = question
  const file = question.file ?? io.env[`${variable}_FILE`]
  if (file !== undefined) return readSecretFile(resolve(io.cwd, file))
  const fromEnvironment = io.env[variable]
  if (fromEnvironment !== undefined && fromEnvironment !== '') return ok(fromEnvironment)
  if (optional === true) return ok(undefined)
  if (terminal === undefined) return err('answer-missing', `--${flag}-file or ${variable}_FILE: ${text.en}`)
  const typed = await terminal.secret(text[languageOf(io.env)])
  return typed === null || typed === '' ? err('answer-missing', `--${flag}-file`) : ok(typed)
}

async function readSecretFile(path: string): Promise<Result<string, AnswerError>> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) return err('answer-invalid', `${path}: others can read it; run chmod 600 on it`)
    const secret = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    return secret === '' ? err('answer-invalid', `${path} is empty`) : ok(secret)
  } catch (error) {
    return err('answer-missing', `${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`)
  }
}

/** @clack/prompts on a terminal, otherwise undefined. */
export async function openTerminal(
  isInteractive = process.stdin.isTTY && process.stderr.isTTY,
): Promise<Terminal | undefined> {
  if (!isInteractive) return undefined
  const clack = await import('@clack/prompts')
  const output = process.stderr
  const answered = <T>(value: T | symbol): T | null =>
    clack.isCancel(value) || typeof value === 'symbol' ? null : value
  return {
    async text(message, initialValue) {
      const initial = initialValue === undefined ? {} : { initialValue }
      return answered<string>(await clack.text({ message, output, ...initial }))
    },
    secret: async (message) => answered<string>(await clack.password({ message, output, mask: '' })),
    confirm: async (message) => answered<boolean>(await clack.confirm({ message, output })),
  }
}
