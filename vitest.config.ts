import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '*/src/**/*.test.ts',
      'kiosk/ui/**/*.test.ts',
      'kiosk/speech/**/*.test.ts',
      'board/ui/**/*.test.ts',
      'tests/unit/**/*.test.ts',
    ],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Modules hold no state, so that files can share them: a third less time than loading them anew for each.
    isolate: false,
    // One more than cores: many tests wait for brokers and child processes.
    maxWorkers: 3,
    sequence: { hooks: 'stack' },
  },
})
