/** One field of an object at ChirpStack that is not as it should be. */
export interface FieldChange {
  /** `device profile kiosk-kr920: rx1Delay`. */
  readonly what: string
  /** `null` where there is no object yet. */
  readonly from: string | null
  readonly to: string
}

/** A field as the API package's classes take it; `tags` is a map whose other entries are left alone. */
export type FieldValue = string | number | boolean | readonly number[] | { readonly [tag: string]: string }
export type Fields = Readonly<Record<string, FieldValue>>

/** What the generated classes have in common; they have no type for it. */
type Message = object

/** The fields of `wanted` in which `message` differs; all of them when there is no message. */
export function compareFields(message: Message | undefined, wanted: Fields, name: string): FieldChange[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const to = describe(value)
    const from = message === undefined ? null : describe(readField(message, field, value))
    return from === to ? [] : [{ what: `${name}: ${field}`, from, to }]
  })
}

/** Sets the fields, and leaves all others as they are. Throws for a field that the class does not have. */
export function setFields<M extends Message>(message: M, wanted: Fields): M {
  for (const [field, value] of Object.entries(wanted)) {
    if (isMap(value)) {
      const map = method(message, `get${capital(field)}Map`)() as { set(key: string, value: string): void }
      for (const [tag, text] of Object.entries(value)) map.set(tag, text)
    } else {
      method(message, `set${capital(field)}${Array.isArray(value) ? 'List' : ''}`)(value)
    }
  }
  return message
}

function readField(message: Message, field: string, like: FieldValue): FieldValue {
  if (!isMap(like)) {
    return method(message, `get${capital(field)}${Array.isArray(like) ? 'List' : ''}`)() as FieldValue
  }
  const map = method(message, `get${capital(field)}Map`)() as { get(key: string): string | undefined }
  return Object.fromEntries(Object.keys(like).map((tag) => [tag, map.get(tag) ?? '']))
}

function method(message: Message, name: string): (value?: unknown) => unknown {
  const found = (message as Record<string, unknown>)[name]
  if (typeof found !== 'function') throw new RangeError(`the API package has no ${name}`)
  return (value) => found.call(message, value) as unknown
}

function isMap(value: FieldValue): value is { readonly [tag: string]: string } {
  return typeof value === 'object' && !Array.isArray(value)
}

function describe(value: FieldValue): string {
  return isMap(value)
    ? Object.entries(value)
        .map(([tag, text]) => `${tag}=${text}`)
        .join(', ')
    : String(value)
}

function capital(field: string): string {
  return field[0]!.toUpperCase() + field.slice(1)
}
