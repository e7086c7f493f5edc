import { expect, onTestFinished, test } from 'vitest'
import { createWorkerPool } from './workers.ts'

function pool(options: { size: number; queueLimit?: number; jobsAhead?: number; module?: URL }) {
  const created = createWorkerPool<number, number>({
    module: new URL('./testing/squaring-worker.ts', import.meta.url),
    ...options,
  })
  onTestFinished(() => created.close())
  return created
}

test('jobs run on the workers and each gets its own answer', async () => {
  const workers = pool({ size: 2 })
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => workers.run(i + 100)))
  expect(answers.map((answer) => answer.ok && answer.value)).toEqual(
    Array.from({ length: 50 }, (_, i) => (i + 100) ** 2),
  )
})

test('a job that throws fails alone', async () => {
  const workers = pool({ size: 1 })
  const answers = await Promise.all([workers.run(2), workers.run(-1), workers.run(3)])
  expect(answers).toEqual([
    { ok: true, value: 4 },
    { ok: false, error: 'job-failed', detail: 'negative' },
    { ok: true, value: 9 },
  ])
})

test.each([1, 2, 3])(
  'a worker with %i jobs that dies fails the running one only and is replaced',
  async (jobsAhead) => {
    const workers = pool({ size: 1, jobsAhead })
    const answers = await Promise.all([13, 5, 6, 7].map((job) => workers.run(job)))
    expect(answers).toEqual([
      { ok: false, error: 'worker-crashed' },
      { ok: true, value: 25 },
      { ok: true, value: 36 },
      { ok: true, value: 49 },
    ])
  },
)

test('a module that cannot start fails the jobs instead of looping', async () => {
  const workers = pool({ size: 1, module: new URL('data:text/javascript,throw new Error("broken")') })
  expect(await workers.run(1)).toEqual({ ok: false, error: 'worker-crashed' })
  expect(await workers.run(2)).toEqual({ ok: false, error: 'worker-crashed' })
})

test('no more jobs are taken than the queue holds', async () => {
  const workers = pool({ size: 1, queueLimit: 2 })
  const all = Promise.all(Array.from({ length: 10 }, (_, i) => workers.run(i + 20)))
  expect(workers.load).toBe(3)
  expect((await all).every((answer) => answer.ok)).toBe(true)
})

test('closing fails what is unfinished', async () => {
  const workers = pool({ size: 1, queueLimit: 1 })
  const all = Promise.all(Array.from({ length: 4 }, (_, i) => workers.run(i + 20)))
  await workers.close()
  expect(new Set((await all).map((answer) => (answer.ok ? 'ok' : answer.error)))).toEqual(
    new Set(['pool-closed']),
  )
})
