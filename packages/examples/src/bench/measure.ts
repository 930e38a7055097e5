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

/** Rounds in which nobody has become faster, after which engines have compiled what they will. */
const STEADY_ROUNDS = 5;
/** A time below this share of the one before is faster; what is above may be chance. */
const FASTER = 0.97;

/**
 * Times every candidate. They take turns, so that what else the machine does meets all of them alike, and each
 * round begins with another one. Before that are rounds that do not count, until engines have compiled what runs.
 */
export async function measure(
  candidates: readonly Candidate[],
  options: MeasureOptions,
): Promise<Measurement[]> {
  const { rounds, seconds, rest = 0 } = options;
  const runs = await warmUp(candidates, options);
  const times = candidates.map((): number[] => []);
  const spent = candidates.map(() => 0);
  const least = Math.min(LEAST_ROUNDS, rounds);
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < candidates.length; place++) {
      const i = (place + round) % candidates.length;
      if (round >= least && spent[i]! >= 1000 * seconds) continue;
      await pause(rest);
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

/**
 * Rounds until nobody becomes faster, as many as count at most; one that has used up half of its seconds sits the others
 * out. The code of an eager step takes an engine a thousand steps to compile, and one candidate's runs compile what the
 * next one shares with it. Answers how many runs make a turn of each.
 */
async function warmUp(
  candidates: readonly Candidate[],
  { rounds, turn, seconds, rest = 0 }: MeasureOptions,
): Promise<number[]> {
  const fastest: number[] = [];
  for (const candidate of candidates) {
    // The first run compiles.
    await candidate.time(1);
    fastest.push(await candidate.time(1));
  }
  const spent = candidates.map(() => 0);
  for (let round = 0, steady = 0; round < rounds && steady < STEADY_ROUNDS; round++) {
    steady++;
    for (const [i, candidate] of candidates.entries()) {
      if (spent[i]! >= 500 * seconds) continue;
      await pause(rest);
      const runs = runsIn(turn, fastest[i]!);
      const time = await candidate.time(runs);
      spent[i]! += time * runs;
      if (time >= FASTER * fastest[i]!) continue;
      fastest[i] = time;
      steady = 0;
    }
  }
  return fastest.map((time) => runsIn(turn, time));
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
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
