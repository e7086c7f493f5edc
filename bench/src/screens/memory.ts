import { readFileSync } from 'node:fs'
import type { CDPSession } from 'playwright'

/** Bytes in use after garbage collection. */
export interface MemoryInUse {
  readonly coreHeap: number
  readonly coreResident: number
  readonly pageHeap: number
}

/** A process's inspector (`node --inspect=127.0.0.1:PORT`), for what it says about its memory. */
export interface Inspector {
  usedHeapAfterGc(): Promise<number>
  close(): void
}

/** Connects to the inspector of a Node process on this machine. */
export async function connectInspector(port: number): Promise<Inspector> {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json`)).json()
  const url = (targets as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl
  if (url === undefined) throw new Error(`no process to inspect on port ${port}`)
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  let last = 0
  const call = (method: string): Promise<unknown> => {
    last += 1
    const id = last
    return new Promise((resolve) => {
      const take = (event: MessageEvent): void => {
        const answer = JSON.parse(String(event.data)) as { id?: number; result?: unknown }
        if (answer.id !== id) return
        socket.removeEventListener('message', take)
        resolve(answer.result)
      }
      socket.addEventListener('message', take)
      socket.send(JSON.stringify({ id, method }))
    })
  }
  return {
    usedHeapAfterGc: async () => {
      await call('HeapProfiler.collectGarbage')
      return ((await call('Runtime.getHeapUsage')) as { usedSize: number }).usedSize
    },
    close: () => socket.close(),
  }
}

/** Core and page together, each after its garbage collection. `pid` is the core's. */
export async function measureMemory(core: Inspector, pid: number, page: CDPSession): Promise<MemoryInUse> {
  const coreHeap = await core.usedHeapAfterGc()
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  await page.send('HeapProfiler.collectGarbage')
  const { usedSize } = await page.send('Runtime.getHeapUsage')
  return { coreHeap, coreResident: Number(kilobytes) * 1_024, pageHeap: usedSize }
}
