import { resolve } from 'node:path'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { readDryRun } from '../ceremony/dry-run.ts'
import { agreementOf, type FinishedCeremony, verifyStick } from '../ceremony/finish.ts'
import { type ElectionConfig, loadElectionConfig } from '../config.ts'
import { createElection } from '../new-election.ts'
import { assessPatternRisk } from '../pattern-risk.ts'
import { publishBlobs } from '../publish.ts'
import { type Arguments, bridgeOf, electionOf, guard, must, readArguments } from './run.ts'

export const electionNew: Command = {
  name: 'election new',
  summary: 'Create an election from a TOML file: keys, slips, manifest',
  usage: [
    'hanpyo election new FILE.toml --out DIR [--ceremony DIR] [--no-print]',
    '',
    'Draws role keys and slips and signs the manifest. Takes the joint key from a ceremony of the trustees on their own',
    'machines ("hanpyo trustee"); without one, runs it here with all trustees, which is for rehearsals only.',
    'DIR/secret holds keys and slips and must stay on this machine; everything else in DIR is public.',
    '',
    '  --out DIR        a folder that holds no election yet',
    '  --ceremony DIR   the stick of a finished ceremony whose dry run has passed',
    '  --no-print       make no PDF of the slips',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        out: { type: 'string' },
        ceremony: { type: 'string' },
        'no-print': { type: 'boolean' },
      })
      const config = await configOf(given, io.cwd)
      printRisks(config, io.stdout)
      const backend = await createNodeBackend()
      const stick = given.text('ceremony')
      const ceremony = stick === undefined ? undefined : await rehearsed(backend, resolve(io.cwd, stick))
      const created = must(
        await createElection(config, {
          backend,
          ...(ceremony === undefined ? {} : { ceremony }),
          random: nodeRandom,
          outDir: resolve(io.cwd, given.required('out')),
          printSlips: !given.isSet('no-print'),
        }),
      )
      const { folder, manifest } = created
      io.stdout(`election ${manifest.id}`)
      io.stdout(`manifest hash ${toHex(created.manifestHash)}`)
      io.stdout(
        `slips ${manifest.credentials.count}, trustees ${manifest.threshold} of ${manifest.trustees.length}`,
      )
      io.stdout(`manifest ${folder.manifestNote}`)
      io.stdout(`secret ${folder.secret} (keys and slips; never copy it to a connected machine)`)
      return EXIT.ok
    }),
}

export const electionValidate: Command = {
  name: 'election validate',
  summary: 'Check an election file and say how many different votes each contest allows',
  usage: [
    'hanpyo election validate FILE.toml',
    '',
    'Refuses a contest with more valid plaintexts than a tenth of the expected ballots, because voters could',
    'then be paid for an unlikely pattern that is looked up in the result, unless patternRiskAccepted is set.',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const config = await configOf(readArguments(args, {}), io.cwd)
      const risks = printRisks(config, io.stdout)
      const refused = risks.filter(({ isTooHigh, isAccepted }) => isTooHigh && !isAccepted)
      if (refused.length === 0) {
        io.stdout('valid')
        return EXIT.ok
      }
      const contests = refused.map(({ contest }) => `contest ${contest}`).join('\n')
      return must<number>({ ok: false, error: 'pattern-risk', detail: contests })
    }),
}

export const electionPublish: Command = {
  name: 'election publish',
  summary: 'Upload the blobs that the manifest names to a bridge',
  usage: [
    'hanpyo election publish --bridge URL [--election DIR] [--token-file FILE]',
    '',
    'Uploads the key lists and the key ceremony. Blobs that the bridge has are left alone.',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        election: { type: 'string' },
        bridge: { type: 'string' },
        'token-file': { type: 'string' },
      })
      const election = await electionOf(given, io)
      const bridge = await bridgeOf(given.required('bridge'), given, io)
      for (const { name, wasThere } of must(await publishBlobs(election, bridge))) {
        io.stdout(`${wasThere ? 'there    ' : 'uploaded '} ${name}`)
      }
      return EXIT.ok
    }),
}

/** A finished ceremony whose three known ballots were mixed and decrypted. */
async function rehearsed(backend: CryptoBackend, folder: string): Promise<FinishedCeremony> {
  const ended = must(await verifyStick(backend, folder, must(await agreementOf(backend, folder))))
  const { hasPassed } = must(await readDryRun({ backend }, createLocalBatch(backend.group), folder, ended))
  return hasPassed ? ended : must<never>({ ok: false, error: 'ceremony-unfinished', detail: 'dry run' })
}

async function configOf(args: Arguments, cwd: string): Promise<ElectionConfig> {
  const [path, ...more] = args.positionals
  if (path === undefined || more.length > 0) throw new UsageError('name one election file')
  return must(await loadElectionConfig(resolve(cwd, path)))
}

function printRisks(config: ElectionConfig, print: (line: string) => void) {
  const risks = assessPatternRisk(config)
  for (const { contest, plaintexts, expectedBallots, isTooHigh, isAccepted } of risks) {
    const verdict = !isTooHigh ? 'fine' : isAccepted ? 'high, accepted by the election file' : 'TOO HIGH'
    print(
      `contest ${contest}: ${plaintexts} valid plaintexts, ${expectedBallots} ballots expected: ${verdict}`,
    )
  }
  return risks
}
