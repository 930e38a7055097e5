/** @file Times several ways to do the same thing, side by side. */

/** One way to do it. */
export interface Candidate {
  readonly name: string;
  /** Does it `runs` times; answers the milliseconds of one. */
  time(runs: number): Promise<number>;
}

/** What was measured of one candidate. */
export interface Measurement {
  name: string;
  /** Median time of one run, in milliseconds. */
  milliseconds: number;
  /** Median, over the rounds, of the time relative to the first candidate's in the same round. */
  ratio: number;
  /** Rounds that it took part in. */
  rounds: number;
}

/** How long to measure. */
export interface MeasureOptions {
  /** Rounds at most. Each candidate has one turn in a round. */
  readonly rounds: number;
  /** How long a turn takes: that many milliseconds of runs, and one run at least. */
  readonly turn: number;
  /**
   * Seconds that one candidate gets in all. One that has used them up, after three turns at least, sits the other
   * rounds out.
   */
  readonly seconds: number;
  /** Milliseconds before each turn in which nothing runs; 0 unless given. */
  readonly rest?: number | undefined;
}

/** Rounds that every candidate takes part in, however slow. */
const LEAST_ROUNDS = 3;

/**
 * Times every candidate. They take turns, so that what else the machine does meets all of them alike, and each
 * round begins with another one. Before that each has two turns that do not count, for engines to compile.
 */
export async function measure(
  candidates: readonly Candidate[],
  { rounds, turn, seconds, rest = 0 }: MeasureOptions,
): Promise<Measurement[]> {
  const runs: number[] = [];
  for (const candidate of candidates) runs.push(await runsInTurn(candidate, turn));
  const times = candidates.map((): number[] => []);
  const spent = candidates.map(() => 0);
  const least = Math.min(LEAST_ROUNDS, rounds);
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < candidates.length; place++) {
      const i = (place + round) % candidates.length;
      if (round >= least && spent[i]! >= 1000 * seconds) continue;
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
      const time = await candidates[i]!.time(runs[i]!);
      times[i]![round] = time;
      spent[i]! += time * runs[i]!;
    }
  }
  return candidates.map(({ name }, i) => {
    // Rounds that it, or the reference, has sat out are holes.
    const own = times[i]!.filter(() => true);
    const ratios = times[i]!.flatMap((time, round) => {
      const reference = times[0]![round];
      return reference === undefined ? [] : [time / reference];
    });
    return { name, milliseconds: median(own), ratio: median(ratios), rounds: own.length };
  });
}

/** The middle of the sorted values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** How many runs make a turn. Times a turn of one run, then one of as many as the first suggests. */
async function runsInTurn(candidate: Candidate, turn: number): Promise<number> {
  // The first run compiles.
  await candidate.time(1);
  const cold = runsIn(turn, await candidate.time(1));
  return cold === 1 ? 1 : runsIn(turn, await candidate.time(cold));
}

function runsIn(turn: number, time: number): number {
  return Math.max(1, Math.round(turn / Math.max(time, 1e-3)));
}

/**
 * Milliseconds of one of `runs`.
 *
 * @param finish waits until the device has done what was asked of it
 */
export async function timeRuns(
  run: () => void | Promise<void>,
  finish: () => Promise<unknown>,
  runs: number,
): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) {
    // Waiting for what is no promise would cost more than the fastest of the steps.
    const pending = run();
    if (pending) await pending;
  }
  await finish();
  return (performance.now() - start) / runs;
}
