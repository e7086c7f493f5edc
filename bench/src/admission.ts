import type { Bench } from './harness.ts'
export const admissionBench: Bench = { name: 'admission', summary: '', run: async () => [] }
