import { spawn } from 'node:child_process'
import type { SpeechProgram } from './core/speech/live-voice.ts'

/** Runs `command` for each text. It is killed when it passes a limit, and its error output goes nowhere. */
export function runSpeechProgram(command: string): SpeechProgram {
  return ({ args, input, longestMs, mostBytes }) =>
    new Promise((resolve) => {
      const child = spawn(command, args, {
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: longestMs,
        killSignal: 'SIGKILL',
      })
      const chunks: Buffer[] = []
      let bytes = 0
      child.on('error', () => resolve(null))
      child.on('close', (code) =>
        resolve(code === 0 && bytes <= mostBytes ? new Uint8Array(Buffer.concat(chunks)) : null),
      )
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > mostBytes) child.kill('SIGKILL')
        else chunks.push(chunk)
      })
      // A program that ends without reading breaks the pipe; its exit code says what there is to say.
      child.stdin.on('error', () => {})
      child.stdin.end(input)
    })
}
