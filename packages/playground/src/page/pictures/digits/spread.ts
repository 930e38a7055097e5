/** @file How far many answers lie apart. */

/** Of one digit, over all draws. */
export interface Spread {
  readonly least: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  readonly most: number;
}

/** Extremes, quartiles and median of each column; null without draws. */
export function spreadsOf(draws: readonly (readonly number[])[]): Spread[] | null {
  if (draws.length === 0) return null;
  return draws[0]!.map((_, digit) => {
    const sorted = draws.map((draw) => draw[digit]!).sort((a, b) => a - b);
    return {
      least: sorted[0]!,
      low: quantile(sorted, 0.25),
      middle: quantile(sorted, 0.5),
      high: quantile(sorted, 0.75),
      most: sorted.at(-1)!,
    };
  });
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const rest = place - below;
  return sorted[below]! * (1 - rest) + sorted[Math.min(below + 1, sorted.length - 1)]! * rest;
}
