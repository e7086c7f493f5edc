import { type BatchGroup, createBatch } from '@hanpyo/protocol/group/batch.ts'
import { type BatchAnswer, type BatchJob, runBatchJob } from '@hanpyo/protocol/group/batch-job.ts'
import type { CryptoBackend, Ed25519, Group } from '@hanpyo/protocol/group/group.ts'
import { createMsm } from '@hanpyo/protocol/group/msm.ts'

/**
 * A back end that computes nothing twice. The elections of the mutations differ from each other in a few bytes, and group
 * and signature arithmetic depends on nothing but its arguments, so that all of them need what one needs and a little more.
 * Answers are copies. Grows with what it is asked: for tests.
 */
export function remembering(backend: CryptoBackend): CryptoBackend & { readonly batch: BatchGroup } {
  const group = rememberingGroup(backend.group)
  const msm = createMsm()
  const answers = new Map<string, BatchAnswer>()
  const run = async (job: BatchJob): Promise<BatchAnswer> => {
    const answer = recall(answers, keyOfJob(job), () => runBatchJob(group, msm, job))
    return answer instanceof Uint8Array ? answer.slice() : answer
  }
  return {
    group,
    ed25519: rememberingEd25519(backend.ed25519),
    batch: createBatch(group, msm, { parallel: 1, run }),
  }
}

function rememberingGroup(group: Group): Group {
  const elements = new Map<string, Uint8Array>()
  const verdicts = new Map<string, boolean>()
  const element = (op: string, args: readonly Uint8Array[], compute: () => Uint8Array) =>
    recall(elements, keyOf(op, args), compute).slice()
  return {
    ...group,
    isElement: (encoded) => recall(verdicts, keyOf('', [encoded]), () => group.isElement(encoded)),
    add: (p, q) => element('add', [p, q], () => group.add(p, q)),
    subtract: (p, q) => element('subtract', [p, q], () => group.subtract(p, q)),
    multiplyBase: (scalar) => element('multiplyBase', [scalar], () => group.multiplyBase(scalar)),
    multiply: (scalar, p) => element('multiply', [scalar, p], () => group.multiply(scalar, p)),
    fromUniformBytes: (uniform) => element('map', [uniform], () => group.fromUniformBytes(uniform)),
  }
}

function rememberingEd25519(ed25519: Ed25519): Ed25519 {
  const verdicts = new Map<string, boolean>()
  return {
    ...ed25519,
    isAcceptableKey: (key) => recall(verdicts, keyOf('key', [key]), () => ed25519.isAcceptableKey(key)),
    verify: (key, message, signature) =>
      recall(verdicts, keyOf('verify', [key, signature, message]), () =>
        ed25519.verify(key, message, signature),
      ),
  }
}

function recall<T>(known: Map<string, T>, key: string, compute: () => T): T {
  const found = known.get(key)
  if (found !== undefined) return found
  const value = compute()
  known.set(key, value)
  return value
}

/** Lengths are part of the key, so that no two lists of arguments share one. */
function keyOf(op: string, args: readonly Uint8Array[]): string {
  return `${op} ${args.map(({ length }) => length).join(' ')} ${args.map((bytes) => Buffer.from(bytes).toString('latin1')).join('')}`
}

function keyOfJob(job: BatchJob): string {
  switch (job.op) {
    case 'fixed-sums':
      return keyOf(`${job.op} ${job.bases.length} ${job.points === undefined}`, [
        ...job.bases,
        ...job.scalars,
        job.points ?? new Uint8Array(),
      ])
    case 'scale':
      return keyOf(job.op, [job.scalar, job.points])
    case 'subtract-multiples':
      return keyOf(job.op, [job.minuends, ...job.factors, ...job.lists])
    case 'derive':
      return keyOf(`${job.op} ${job.first} ${job.count}`, [job.prefix])
    case 'weighted-sum':
      return keyOf(`${job.op} ${job.scalarBits}`, [job.points, job.scalars])
  }
}
