/** Calls between a page and its worker: one number for each call, answers in any order. */
export interface Port {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

type Call = (argument: never) => unknown

/** The calls of a contract as the other side sees them: all answers are promises. */
export type Remote<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never
}

/** How a worker answers: each call may be slow. */
export type Handlers<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Answer | Promise<Answer>
    : never
}

interface Request {
  readonly call: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly answer: number
  readonly value?: unknown
  readonly failure?: string
}

/** Calls what `serveCalls` serves at the other end of the port; rejects when a call failed there. */
export function callOver<Contract>(port: Port): Remote<Contract> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  port.addEventListener('message', ({ data }) => {
    const { answer, value, failure } = data as Partial<Answer>
    const call = answer === undefined ? undefined : waiting.get(answer)
    if (answer === undefined || call === undefined) return
    waiting.delete(answer)
    if (failure === undefined) call.resolve(value)
    else call.reject(new Error(failure))
  })
  const call = (name: string, argument: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject })
      port.postMessage({ call: last, name, argument } satisfies Request)
    })
  return new Proxy({} as Remote<Contract>, {
    get: (_, name) => (argument: unknown) => call(String(name), argument),
  })
}

/** Answers calls that come over the port. */
export function serveCalls<Contract>(port: Port, handlers: Handlers<Contract>): void {
  const byName = handlers as unknown as Record<string, Call>
  port.addEventListener('message', ({ data }) => {
    const { call, name, argument } = data as Partial<Request>
    if (call === undefined || name === undefined) return
    const handler = Object.hasOwn(byName, name) ? byName[name] : undefined
    const answered = Promise.resolve().then(() => {
      if (handler === undefined) throw new Error(`no call ${name}`)
      return handler(argument as never)
    })
    answered.then(
      (value) => port.postMessage({ answer: call, value } satisfies Answer),
      (error: unknown) =>
        port.postMessage({
          answer: call,
          failure: error instanceof Error ? error.message : String(error),
        } satisfies Answer),
    )
  })
}
