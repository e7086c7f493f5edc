import { filterCovers, topicMatches } from './topics.ts'

export type Access = 'read' | 'write' | 'readwrite'

export interface AclRule {
  readonly access: Access
  /** A topic filter; in a pattern rule `%u` stands for the client's identity. */
  readonly topic: string
}

/** Who may do what on a listener with client certificates. The identity is the certificate's common name. */
export interface BrokerAcl {
  /** For everyone. */
  readonly patterns: readonly AclRule[]
  /** For one identity, on top of the patterns. */
  readonly users: Readonly<Record<string, readonly AclRule[]>>
}

/** A device writes its own `up` topic and reads its own `down` topic; `trusted` identities do everything. */
export function deviceAcl(prefix: string, trusted: readonly string[]): BrokerAcl {
  return {
    patterns: [
      { access: 'write', topic: `${prefix}/%u/up` },
      { access: 'read', topic: `${prefix}/%u/down` },
    ],
    users: Object.fromEntries(trusted.map((name) => [name, [{ access: 'readwrite', topic: '#' }]])),
  }
}

/** mosquitto's `acl_file` notation. */
export function formatAcl(acl: BrokerAcl): string {
  const lines = acl.patterns.map(({ access, topic }) => `pattern ${access} ${topic}`)
  for (const [user, rules] of Object.entries(acl.users)) {
    lines.push('', `user ${user}`, ...rules.map(({ access, topic }) => `topic ${access} ${topic}`))
  }
  return `${lines.join('\n')}\n`
}

export function mayWrite(acl: BrokerAcl, identity: string, topic: string): boolean {
  return filtersFor(acl, identity, 'write').some((filter) => topicMatches(filter, topic))
}

export function mayRead(acl: BrokerAcl, identity: string, topic: string): boolean {
  return filtersFor(acl, identity, 'read').some((filter) => topicMatches(filter, topic))
}

/** Whether all topics of a subscription may be read. */
export function maySubscribe(acl: BrokerAcl, identity: string, filter: string): boolean {
  return filtersFor(acl, identity, 'read').some((allowed) => filterCovers(allowed, filter))
}

function filtersFor(acl: BrokerAcl, identity: string, access: 'read' | 'write'): string[] {
  // An identity with topic syntax in it would widen the pattern.
  const patterns = /[+#/]/.test(identity) || identity === '' ? [] : acl.patterns
  const own = Object.hasOwn(acl.users, identity) ? acl.users[identity]! : []
  return [...patterns, ...own]
    .filter((rule) => rule.access === access || rule.access === 'readwrite')
    .map((rule) => rule.topic.replaceAll('%u', identity))
}
