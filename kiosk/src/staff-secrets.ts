/** PINs and cards of a kiosk's staff and technicians: only salted scrypt hashes (RFC 7914) are kept, in a key file (mode 0600). */
import { scrypt, timingSafeEqual } from 'node:crypto'
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { encodeCrockford } from '@hanpyo/protocol/ballot/crockford.ts'
import { decodeUtf8, fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes } from '@hanpyo/protocol/election/fields.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { CheckSecret, FailureStore, StaffRole } from './core/staff/staff-lock.ts'

/** A card's code: `HS1` and 26 Crockford characters (16 random bytes, two zero bits). */
const CARD = /^HS1[0-9A-HJKMNP-TV-Z]{26}$/
/** 6 to 12 digits. */
const PIN = /^[0-9]{6,12}$/
/** Cost of one try: 16 MiB and some 50 ms on a kiosk. A PIN has no more than the lock-out to protect it online. */
const COST = { N: 16_384, r: 8, p: 1 } as const
const HASH_BYTES = 32
/** Every try is compared with each entry, so there are few. */
export const MOST_SECRETS = 8

const entry = z.strictObject({
  name: z.string().min(1).max(40),
  kind: z.enum(['pin', 'card']),
  /** Absent in files of before there were technicians: staff. */
  role: z.enum(['staff', 'technician']).default('staff'),
  salt: base64Bytes(16),
  hash: base64Bytes(HASH_BYTES),
})
const staffFileSchema = z.strictObject({
  type: z.literal('hanpyo-kiosk-staff'),
  name: z.string(),
  scrypt: z.strictObject({ N: z.literal(COST.N), r: z.literal(COST.r), p: z.literal(COST.p) }),
  entries: z.array(entry).max(MOST_SECRETS),
})
export type StaffFile = z.infer<typeof staffFileSchema>

export type StaffFileError = 'staff-file-malformed'
export type AddSecretError = StaffFileError | 'pin-unfit' | 'pin-taken' | 'too-many-secrets'

/** Whether a scanned text is a staff card rather than a voter's slip. */
export function isStaffCard(text: string): boolean {
  return CARD.test(text.trim().toUpperCase())
}

/** The text of a new card, to be printed as QR and never stored. */
export function newCardText(random: RandomBytes): string {
  return `HS1${encodeCrockford(random(16), 26)}`
}

/** Reads the file; `null` when this kiosk has none. */
export async function readStaffFile(path: string): Promise<Result<StaffFile | null, StaffFileError>> {
  const bytes = await readIfPresent(path)
  if (bytes === null) return ok(null)
  try {
    const parsed = staffFileSchema.safeParse(JSON.parse(decodeUtf8(bytes)))
    return parsed.success ? ok(parsed.data) : err('staff-file-malformed', parsed.error.issues[0]?.message)
  } catch (error) {
    return err('staff-file-malformed', (error as Error).message)
  }
}

/**
 * Adds a PIN or card under a name, replacing that name's earlier one, and writes the file. `pin-taken`: it is already one
 * of the other role's, so it could not say who came.
 */
export async function addStaffSecret(
  path: string,
  secret: { readonly name: string; readonly text: string; readonly role?: StaffRole },
  random: RandomBytes,
): Promise<Result<void, AddSecretError>> {
  const kind = isStaffCard(secret.text) ? 'card' : 'pin'
  const { role = 'staff' } = secret
  if (kind === 'pin' && !isFitPin(secret.text)) return err('pin-unfit')
  const file = await readStaffFile(path)
  if (!file.ok) return file
  const others = (file.value?.entries ?? []).filter(({ name }) => name !== secret.name)
  if (others.length >= MOST_SECRETS) return err('too-many-secrets')
  const owner = await roleIn(others, secret.text)
  if (owner !== null && owner !== role) return err('pin-taken')
  const salt = random(16)
  const hash = await hashOf(secret.text, salt)
  const added = { name: secret.name, kind, role, salt: toBase64(salt), hash: toBase64(hash) } as const
  const next: StaffFile = {
    type: 'hanpyo-kiosk-staff',
    name: 'kiosk/staff',
    scrypt: COST,
    entries: [...others, added],
  }
  await writeDurable(path, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
  return ok(undefined)
}

/** Tells the role of the entry that fits. */
export function checkAgainst(file: StaffFile): CheckSecret {
  return (text) => roleIn(file.entries, text)
}

/** Compares with every entry of the kind, whichever fits, so that time tells nothing about which. */
async function roleIn(entries: StaffFile['entries'], text: string): Promise<StaffRole | null> {
  const kind = isStaffCard(text) ? 'card' : 'pin'
  let found: StaffRole | null = null
  for (const { role, salt, hash } of entries.filter((one) => one.kind === kind)) {
    if (timingSafeEqual(await hashOf(text, fromBase64(salt)), fromBase64(hash))) found = role
  }
  return found
}

/** The wrong tries in a row, in a file of their own. A file that cannot be read counts as many. */
export function failureFile(path: string): FailureStore {
  const UNREADABLE = 8
  return {
    async load() {
      const bytes = await readIfPresent(path)
      if (bytes === null) return 0
      const text = decodeUtf8(bytes).trim()
      return /^[0-9]{1,6}$/.test(text) ? Number(text) : UNREADABLE
    },
    save: (failures) => writeDurable(path, `${Math.min(failures, 999_999)}\n`, { mode: 0o600 }),
  }
}

/** Not one digit over and over, not a run up or down: those are tried first. */
function isFitPin(text: string): boolean {
  if (!PIN.test(text)) return false
  const digits = [...text].map(Number)
  const steps = new Set(digits.slice(1).map((digit, i) => digit - (digits[i] as number)))
  return !(steps.size === 1 && [-1, 0, 1].includes([...steps][0] as number))
}

function hashOf(text: string, salt: Uint8Array): Promise<Uint8Array> {
  const normal = text.trim().toUpperCase()
  return new Promise((resolve, reject) => {
    scrypt(normal, salt, HASH_BYTES, COST, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
