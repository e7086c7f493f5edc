import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openPostgresEngine } from '@hanpyo/gateway-bridge/ledger/postgres-engine.ts'
import { parsePostgresUrl } from '@hanpyo/gateway-bridge/ledger/postgres-url.ts'
import { serverUser } from '@hanpyo/gateway-bridge/testing/postgres-cluster.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const DEPLOY = fileURLToPath(new URL('../../deploy/postgres', import.meta.url))
const BIN = '/usr/lib/postgresql/15/bin'
const NAMES = ['n1', 'n2', 'n3'] as const
type Name = (typeof NAMES)[number]

/** The scripts of `deploy/postgres` on three folders instead of three machines. In `npm run test:full`: ten seconds. */
describe.runIf(process.env.HANPYO_FULL === '1')('the shipped scripts of a cluster', () => {
  let dir: string
  let owner: { uid: number; gid: number } | undefined

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hanpyo-pgs-'))
    owner = await serverUser()
    const give = (path: string) => (owner === undefined ? undefined : chown(path, owner.uid, owner.gid))
    await give(dir)
    // Sockets instead of TLS between machines; everything else as shipped.
    const shipped = (await readFile(join(DEPLOY, 'hanpyo.conf'), 'utf8')).replace(
      /^(ssl\w*|listen_addresses) = .*$/gm,
      '',
    )
    await writeFile(join(dir, 'hanpyo.conf'), `${shipped}listen_addresses = ''\n`)
    await writeFile(join(dir, 'pg_hba.conf'), 'local all all trust\nlocal replication all trust\n')
    await writeFile(join(dir, 'password'), "it's a secret\n")
    for (const name of NAMES) {
      const home = join(dir, name)
      await mkdir(home, { mode: 0o700 })
      await give(home)
      const data = join(home, 'data')
      const env = (await readFile(join(DEPLOY, 'cluster.env'), 'utf8')).replace(
        /^([A-Z]+)=.*$/gm,
        (line, key: string) =>
          ({
            NODES: `NODES="${NAMES.map((one) => `${one}=${join(dir, one)}`).join(' ')}"`,
            NODE: `NODE=${name}`,
            PGDATA: `PGDATA=${data}`,
            CONN: 'CONN=""',
            CONF: `CONF=${join(dir, 'hanpyo.conf')}`,
            HBA: `HBA=${join(dir, 'pg_hba.conf')}`,
            START: `START="${BIN}/pg_ctl -D ${data} -s -w -l ${home}/log -o -k${home} start"`,
            STOP: `STOP="${BIN}/pg_ctl -D ${data} -s -m fast stop"`,
          })[key] ?? line,
      )
      await writeFile(join(home, 'cluster.env'), env)
    }
  })
  afterAll(async () => {
    for (const name of NAMES) {
      const stop = ['-D', join(dir, name, 'data'), '-m', 'immediate', 'stop']
      await run(join(BIN, 'pg_ctl'), stop, { ...owner, cwd: dir }).catch(() => {})
    }
    await rm(dir, { recursive: true })
  })

  async function script(
    on: Name,
    name: string,
    ...args: string[]
  ): Promise<{ code: number; output: string }> {
    const password = join(dir, 'password')
    const env = {
      PATH: process.env.PATH,
      HANPYO_DB_ENV: join(dir, on, 'cluster.env'),
      ADMIN_PASSWORD_FILE: password,
      REPLICATOR_PASSWORD_FILE: password,
      BRIDGE_PASSWORD_FILE: password,
    }
    try {
      const { stdout, stderr } = await run(join(DEPLOY, name), args, { ...owner, env, cwd: dir })
      return { code: 0, output: stdout + stderr }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { code, output: `${stdout}${stderr}` }
    }
  }
  const done = async (...call: Parameters<typeof script>) => {
    const { code, output } = await script(...call)
    expect(code, output).toBe(0)
    return output
  }
  const url = () =>
    `postgresql://hanpyo@${NAMES.map((name) => encodeURIComponent(join(dir, name))).join(',')}/hanpyo`

  test('set up, lose the primary, promote by the rule, take the old one back, copy', async () => {
    await done('n1', 'setup-primary.sh')
    expect((await script('n1', 'setup-primary.sh')).output).toContain('nothing was changed')
    await done('n2', 'setup-standby.sh', 'n1')
    await done('n3', 'setup-standby.sh', 'n1')
    expect(await done('n1', 'status.sh')).toMatch(/n1 {2}primary .*quorum/)

    const engine = expectOk(
      await openPostgresEngine({ targets: expectOk(parsePostgresUrl(url())), requireQuorum: true }),
    )
    const store = async (n: number) =>
      expectOk(await engine.accept([{ id: new Uint8Array(32).fill(n), leaf: Uint8Array.of(n) }], []))
    expect(await store(1)).toEqual(['stored'])
    expect((await script('n2', 'promote.sh')).output).toContain('There is a primary: n1')

    await done('n1', 'fence.sh')
    await done('n3', 'fence.sh')
    const alone = await script('n2', 'promote.sh')
    expect(alone.code).toBe(1)
    expect(alone.output).toContain('Only n2 answers')
    await run(
      join(BIN, 'pg_ctl'),
      [
        '-D',
        join(dir, 'n3/data'),
        '-s',
        '-w',
        '-l',
        join(dir, 'n3/log'),
        '-o',
        `-k${join(dir, 'n3')}`,
        'start',
      ],
      { ...owner, cwd: dir },
    )
    const promoted = await done('n2', 'promote.sh')
    const primary = /(n\d) has received most/.exec(promoted)?.[1] as Name
    let answer = await engine.accept([{ id: new Uint8Array(32).fill(2), leaf: Uint8Array.of(2) }], [])
    while (!answer.ok)
      answer = await engine.accept([{ id: new Uint8Array(32).fill(2), leaf: Uint8Array.of(2) }], [])
    expect(await store(1)).toEqual(['already-stored'])

    await done('n1', 'rejoin.sh', primary)
    expect(await done('n1', 'status.sh')).toMatch(new RegExp(`${primary} {2}primary`))
    await done('n1', 'backup.sh', join(dir, 'copy'))
    expect(await engine.waiting()).toHaveLength(2)
    await engine.close()
  }, 120_000)
})
