import { join } from 'node:path'
import { decodeUtf8, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { err, ok } from '@hanpyo/protocol/result.ts'
import type { FilePort } from '../frame/ports.ts'
import { type Change, defineStep, type Step } from '../frame/step.ts'
import type { Desk } from './desk.ts'
import type { DeskContext } from './revoke-at-desk.ts'

const BEGIN = '# Revoked kiosks, written by "hanpyo provision revoke". Keep this block.'
const END = '# End of revoked kiosks.'
const TOPICS = 'hanpyo/v1/kiosk'

/** mosquitto's ACL file with exactly these kiosks shut out; everything else in it stays. */
export function withRevoked(acl: string, kiosks: readonly number[]): string {
  const begin = acl.indexOf(BEGIN)
  const end = acl.indexOf(END)
  const rest =
    begin < 0 || end < begin ? acl : acl.slice(0, begin) + acl.slice(end + END.length).replace(/^\n/, '')
  if (kiosks.length === 0) return rest
  const rules = kiosks.flatMap((id) => [`user ${id}`, `topic deny ${TOPICS}/${id}/#`, ''])
  const block = [BEGIN, ...rules, END].join('\n')
  return `${rest.replace(/\n*$/, '')}\n\n${block}\n`
}

/**
 * Puts the list of revoked certificates (`crl.pem`) and the ACL of the broker in place and has the broker read them: new connections are
 * refused by the list, connections that are open lose their topics by the ACL.
 */
export function brokerListsStep(options: {
  /** Where the broker reads `crl.pem` and `acl`. */
  readonly dir: string
  /** The command that makes it read them again, for example `systemctl reload mosquitto`. */
  readonly reload: readonly string[]
}): Step<DeskContext> {
  const { dir, reload } = options
  const wanted = async ({ files, desk }: DeskContext) => {
    const crl = decodeUtf8((await files.read(desk.folder.crl)) ?? new Uint8Array())
    const acl = decodeUtf8((await files.read(join(dir, 'acl'))) ?? new Uint8Array())
    return { crl, acl: withRevoked(acl, await revokedKiosks(files, desk)), found: acl }
  }
  const marker = ({ desk }: DeskContext) => join(desk.folder.work, 'broker-reloaded')

  return defineStep<DeskContext>({
    id: 'broker-lists',
    title: { ko: '브로커에서 막기', en: 'shut it out at the broker' },
    async inspect(ctx) {
      const { crl, acl, found } = await wanted(ctx)
      const current = decodeUtf8((await ctx.files.read(join(dir, 'crl.pem'))) ?? new Uint8Array())
      const told = decodeUtf8((await ctx.files.read(marker(ctx))) ?? new Uint8Array())
      const changes: Change[] = []
      if (current !== crl) changes.push({ what: join(dir, 'crl.pem'), from: 'older list', to: 'new list' })
      if (found !== acl) changes.push({ what: join(dir, 'acl'), from: 'older list', to: 'new list' })
      if (told !== digest(crl, acl))
        changes.push({ what: 'broker', from: 'older lists', to: reload.join(' ') })
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply(ctx) {
      const { crl, acl } = await wanted(ctx)
      await ctx.files.write(join(dir, 'crl.pem'), crl)
      await ctx.files.write(join(dir, 'acl'), acl)
      const [command = '', ...args] = reload
      const done = await ctx.run(command, args)
      if (done?.code !== 0)
        return err('broker-not-reloaded', `${reload.join(' ')}: ${done?.stderr.trim() ?? 'not found'}`)
      await ctx.files.write(marker(ctx), digest(crl, acl))
      return ok(undefined)
    },
  })
}

/** Kiosks whose slot nobody holds now. */
async function revokedKiosks(files: FilePort, { folder, election }: Desk): Promise<readonly number[]> {
  const slots = election.manifest.kioskSlots.map(({ id }) => id)
  const revoked = await Promise.all(
    slots.map(async (id) => (await files.read(folder.revocation(id))) !== null),
  )
  return slots.filter((_, i) => revoked[i])
}

const digest = (crl: string, acl: string): string => toHex(sha256(utf8(`${crl}\n${acl}`)))
