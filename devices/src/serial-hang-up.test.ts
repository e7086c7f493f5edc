import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { noticeHangUp } from './serial-hang-up.ts'

/** A binding port over any file descriptor, as serialport makes them. */
function portOver(fd: number) {
  onTestFinished(() => closeSync(fd))
  const port = {
    isOpen: true,
    fd,
    poller: { once: () => {} },
    read: async (_buffer: Buffer, _offset: number, _length: number) => ({ bytesRead: -1 }),
  }
  noticeHangUp(port)
  return port
}

test('end of file, which is how a hung-up terminal reads, is an error and not read for ever', async () => {
  const port = portOver(openSync('/dev/null', 'r'))
  await expect(port.read(Buffer.alloc(8), 0, 8)).rejects.toThrow('hung up')
})

test('bytes are read as before', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hanpyo-serial-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'bytes')
  const out = openSync(path, 'w')
  writeSync(out, 'abc')
  closeSync(out)
  const buffer = Buffer.alloc(8)
  expect(await portOver(openSync(path, 'r')).read(buffer, 2, 6)).toMatchObject({ bytesRead: 3 })
  expect(buffer.toString('latin1')).toBe('\0\0abc\0\0\0')
})

test('a port that was closed by us ends the read without being taken for unplugged', async () => {
  const port = portOver(openSync('/dev/null', 'r'))
  port.isOpen = false
  await expect(port.read(Buffer.alloc(8), 0, 8)).rejects.toMatchObject({ canceled: true })
})

test('ports that are not of this kind are left alone', () => {
  const port = { isOpen: true, read: () => 'own' }
  for (const other of [undefined, null, port]) noticeHangUp(other)
  expect(port.read()).toBe('own')
})
