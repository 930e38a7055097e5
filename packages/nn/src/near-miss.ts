/** @file Finds the name that a misspelt one was meant to be. */

/**
 * A question for each of `names` that resembles one of `candidates`: `Did you mean deterministic?` Case and underscores
 * do not count, so that Flax's `use_running_average` leads to `useRunningAverage`.
 */
export function guesses(names: readonly string[], candidates: Iterable<string>): string[] {
  const known = [...candidates];
  return names.flatMap((name) => {
    const guess = nearest(name, known);
    if (guess === undefined) return [];
    return names.length === 1 ? `Did you mean ${guess}?` : `Did you mean ${guess} by ${name}?`;
  });
}

function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = normalize(name);
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, normalize(candidate));
    if (distance >= limit) continue;
    limit = distance;
    best = candidate;
  }
  return best;
}

function normalize(name: string): string {
  return name.replaceAll(/[_-]/g, "").toLowerCase();
}

/** How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replace);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** Beyond this many, lists are cut. */
const LISTED = 20;

/** `names` in a row, not too many of them; `none` for none. */
export function listed(names: readonly string[], separator = ", "): string {
  const rest = names.length - LISTED;
  if (names.length === 0) return "none";
  return rest > 0 ? `${names.slice(0, LISTED).join(separator)} and ${rest} more` : names.join(separator);
}
