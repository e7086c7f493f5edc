import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** What a process did to its files, in the order in which the kernel saw it. */
export type DiskEvent =
  | { readonly kind: 'create'; readonly path: string; readonly truncates: boolean }
  | {
      readonly kind: 'write'
      readonly path: string
      readonly offset: number | null
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'rename' | 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink' | 'mkdir'; readonly path: string }
  /** A line on standard output: what the process told the world. */
  | { readonly kind: 'said'; readonly line: string }

/** The system calls that `readTrace` understands; memory-mapped writes are not among them. */
export const TRACED =
  'openat,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,rename,renameat,renameat2,link,linkat,ftruncate,truncate,unlink,unlinkat,mkdir,mkdirat,fallocate,copy_file_range,sendfile'

/** Arguments of strace for a trace that `readTrace` reads. */
export function straceTo(file: string): string[] {
  return [
    '-f',
    '-y',
    '-xx',
    '-s',
    '1000000',
    '--seccomp-bpf',
    '-e',
    `trace=${TRACED}`,
    '-e',
    'signal=none',
    '-o',
    file,
  ]
}

/**
 * Reads a trace by `strace -f -y -xx`. A write takes effect when it begins, because some of it may be on the disk before it
 * returns; a sync when it has returned. Throws for a call that it cannot replay: then a drill would prove nothing.
 */
export async function* readTrace(file: string): AsyncGenerator<DiskEvent> {
  const unfinished = new Map<string, { readonly name: string; readonly args: string }>()
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (pid === undefined || rest === undefined || rest.startsWith('+++') || rest.startsWith('---')) continue
    const resumed = /^<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)/.exec(rest)
    if (resumed !== null) {
      const begun = unfinished.get(pid)
      unfinished.delete(pid)
      if (begun !== undefined) yield* after(begun.name, begun.args + resumed[2], Number(resumed[3]))
      continue
    }
    const begun = /^(\w+)\((.*?)(?:,)? ?<unfinished \.\.\.>$/.exec(rest)
    if (begun !== null) {
      const [, name = '', args = ''] = begun
      unfinished.set(pid, { name, args })
      yield* before(name, args, null)
      continue
    }
    const whole = /^(\w+)\((.*)\) += (-?\d+|\?)/.exec(rest)
    if (whole === null) throw new Error(`a line of the trace that cannot be read: ${line.slice(0, 200)}`)
    const [, name = '', args = '', result] = whole
    yield* before(name, args, Number(result))
    yield* after(name, args, Number(result))
  }
}

/** Writes, as they begin; `result` is null while it is not known. */
function* before(name: string, args: string, result: number | null): Generator<DiskEvent> {
  if (result !== null && result < 0) return
  if (name === 'write' || name === 'pwrite64') {
    const [, fd, hex, end] = /^(\d+<[^>]*>), "([^"]*)"(?!\.)(.*)$/.exec(args) ?? []
    if (fd === undefined || hex === undefined || end === undefined)
      throw new Error(`cannot replay ${name}(${args.slice(0, 120)})`)
    const bytes = unhex(hex)
    if (fd.startsWith('1<')) {
      for (const line of new TextDecoder().decode(bytes).split('\n'))
        if (line !== '') yield { kind: 'said', line }
      return
    }
    const offset = name === 'pwrite64' ? Number(end.split(',').at(-1)) : null
    const path = pathOf(fd)
    if (path !== null) yield { kind: 'write', path, offset, bytes: bytes.subarray(0, result ?? bytes.length) }
  } else if (/^(p?writev2?|fallocate|copy_file_range|sendfile|truncate)$/.test(name)) {
    const path = pathOf(args.split(', ')[0] ?? '')
    if (path !== null && !path.startsWith('/dev/pts')) throw new Error(`cannot replay ${name} on ${path}`)
  }
}

/** Everything else, once it has returned. */
function* after(name: string, args: string, result: number): Generator<DiskEvent> {
  if (!(result >= 0)) return
  const paths = [...args.matchAll(/"([^"]*)"/g)].map(([, hex]) => resolve('/', textOf(hex ?? '')))
  const [first = '', second = ''] = paths
  if (name === 'openat' || name === 'creat') {
    if (name === 'creat' || args.includes('O_CREAT'))
      yield { kind: 'create', path: first, truncates: args.includes('O_TRUNC') }
  } else if (name === 'fsync' || name === 'fdatasync') {
    const path = pathOf(args)
    if (path !== null) yield { kind: 'sync', path }
  } else if (name === 'ftruncate') {
    const [fd = '', length = ''] = args.split(', ')
    const path = pathOf(fd)
    if (path !== null) yield { kind: 'truncate', path, length: Number(length) }
  } else if (name.startsWith('rename')) yield { kind: 'rename', from: first, to: second }
  else if (name.startsWith('link')) yield { kind: 'link', from: first, to: second }
  else if (name.startsWith('unlink')) yield { kind: 'unlink', path: first }
  else if (name.startsWith('mkdir')) yield { kind: 'mkdir', path: first }
}

/** The file behind `3</path>`; null for pipes, sockets and the like. */
function pathOf(fd: string): string | null {
  const [, hex] = /^\d+<([^>]*)>/.exec(fd) ?? []
  const path = textOf(hex ?? '')
  return path.startsWith('/') ? path : null
}

function unhex(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

function textOf(hex: string): string {
  return hex.startsWith('\\x') ? new TextDecoder().decode(unhex(hex)) : hex
}
