import { defineConfig } from 'vitest/config'

/**
 * Drills start real processes and break them. Each has ports and folders of its own, and most of the time waits for a radio
 * or a tick, so that two files run at a time; the full ones load the machine and run alone.
 */
export default defineConfig({
  test: {
    include: ['tests/drills/**/*.drill.ts'],
    environment: 'node',
    testTimeout: 600_000,
    hookTimeout: 120_000,
    pool: 'forks',
    fileParallelism: process.env.HANPYO_FULL !== '1',
    maxWorkers: 2,
  },
})
