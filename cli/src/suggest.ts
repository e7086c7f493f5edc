/** At most two of `names` that are a few typing mistakes away from one of `typed`, nearest first. */
export function closestNames(typed: readonly string[], names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, distance: Math.min(...typed.map((text) => editDistance(text, name))) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 2)
    .map(({ name }) => name)
}

/** Insertions, deletions and substitutions that turn one text into the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substituted, above[j]! + 1, row[j - 1]! + 1))
    }
    above = row
  }
  return above[b.length]!
}
