import type { ElectionConfig } from './config.ts'

/**
 * The two tlog-policies of the manifest (C2SP tlog-policy). `seen` asks for a number of witnesses, before a
 * batch counts as published; `official` asks for the same and for mirrors that hold all data, before the
 * polls count as sealed and for the result. Without witnesses the quorum is none.
 */
export function writePolicies(
  logVkey: string,
  config: Pick<ElectionConfig, 'witnesses' | 'mirrors' | 'quorum'>,
): { seen: string; official: string } {
  const { witnesses, mirrors, quorum } = config
  const needsWitnesses = quorum.witnesses > 0
  const needsMirrors = quorum.mirrors > 0
  const define = (members: ElectionConfig['witnesses']): string[] =>
    members.map(({ name, vkey, url }) => ['witness', name, vkey, url].filter(Boolean).join(' '))
  const group = (name: string, count: number, members: ElectionConfig['witnesses']): string =>
    ['group', name, count, ...members.map((member) => member.name)].join(' ')

  const seen = [`log ${logVkey}`]
  if (needsWitnesses) seen.push(...define(witnesses), group('seen', quorum.witnesses, witnesses))
  const official = [...seen]
  if (needsMirrors) official.push(...define(mirrors), group('copied', quorum.mirrors, mirrors))
  const both = needsWitnesses && needsMirrors
  if (both) official.push('group official 2 seen copied')

  seen.push(needsWitnesses ? 'quorum seen' : 'quorum none')
  official.push(
    both
      ? 'quorum official'
      : needsMirrors
        ? 'quorum copied'
        : needsWitnesses
          ? 'quorum seen'
          : 'quorum none',
  )
  return { seen: `${seen.join('\n')}\n`, official: `${official.join('\n')}\n` }
}
