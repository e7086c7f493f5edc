/** Whether a topic matches a subscription filter (MQTT 5.0 section 4.7); `$share/<group>/` is ignored. */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = sharedFilter(filter).split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true
    if (at >= levels.length || (level !== '+' && level !== levels[at])) return false
  }
  return wanted.length === levels.length
}

/** Whether every topic that `filter` could deliver also matches `allowed`. Both may have wildcards. */
export function filterCovers(allowed: string, filter: string): boolean {
  const wide = allowed.split('/')
  const narrow = sharedFilter(filter).split('/')
  if (narrow[0]?.startsWith('$') && (wide[0] === '#' || wide[0] === '+')) return false
  for (const [at, level] of wide.entries()) {
    if (level === '#') return true
    if (at >= narrow.length || narrow[at] === '#') return false
    if (level !== '+' && level !== narrow[at]) return false
  }
  return wide.length === narrow.length
}

/** The filter a shared subscription stands for. */
function sharedFilter(filter: string): string {
  return /^\$share\/[^/]+\/(.+)$/.exec(filter)?.[1] ?? filter
}
