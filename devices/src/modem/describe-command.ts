/** Sixteen bytes in hex, however they are separated: nothing else a modem is told has that shape. */
const KEY = /(?:[0-9A-Fa-f]{2}[: ]?){15}[0-9A-Fa-f]{2}/g

/** Text of a modem as a person may see it: without anything that looks like a key. */
export function redactKeys(text: string): string {
  return text.replace(KEY, '<redacted>')
}

/** A command as a log may show it, in any dialect: without key material and without payload. */
export function describeCommand(command: string): string {
  const [, name, frame, hex] =
    /^(AT\+(?:SEND|P?C?MSG(?:HEX)?)=)(\d{1,3}:(?:[01]:)?|)"?([0-9A-Fa-f]*)"?$/i.exec(command) ?? []
  if (name !== undefined) return `${name}${frame}<${hex!.length / 2} bytes>`
  return redactKeys(
    command.replace(/^(AT\+[A-Z]*KEY=)(?!\?$)(?:([A-Z]+),)?.+$/i, (_all, set: string, which?: string) =>
      which === undefined ? `${set}<redacted>` : `${set}${which},<redacted>`,
    ),
  )
}
