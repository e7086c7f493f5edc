/** Korean and English. */
export interface Text {
  readonly ko: string
  readonly en: string
}

/** What an expected failure means to the technician in front of it. */
export interface ErrorEntry {
  /** Exit code: 2 usage, 10–19 this machine, 20–29 identity, 30–39 modem, 40–49 ChirpStack, 50–59 network and bridge, 60–69 bundle and election, 70–79 self-test. */
  readonly exit: number
  /** What happened, one sentence. */
  readonly happened: Text
  /** What was and what was not done. */
  readonly state: Text
  /** The command to continue; `{dir}` stands for the device folder. */
  readonly next: string
}

/** One room's part of the catalogue. */
export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>
