/** @file Times several ways to do the same thing, side by side. */

/** One way to do it. */
export interface Candidate {
  readonly name: string;
  /** Does it once. */
  run(): void | Promise<void>;
  /** Waits until the device has done what was asked of it. */
  finish(): Promise<unknown>;
}

/** What was measured of one candidate. */
export interface Measurement {
  name: string;
  /** Median time of one run, in milliseconds. */
  milliseconds: number;
  /** Median, over the rounds, of the time relative to the first candidate's in the same round. */
  ratio: number;
}

/** How long to measure. */
export interface MeasureOptions {
  /** Rounds that count. Each candidate has one turn in a round. */
  rounds: number;
  /** Runs in one turn. */
  runs: number;
  /** Rounds before that, to let the engine compile. */
  warmUp: number;
}

/**
 * Times every candidate. They take turns, so that what else the machine does meets all of them alike, and each
 * round begins with another one.
 */
export async function measure(
  candidates: readonly Candidate[],
  { rounds, runs, warmUp }: MeasureOptions,
): Promise<Measurement[]> {
  const times = candidates.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < candidates.length; turn++) {
      const i = (turn + round + warmUp) % candidates.length;
      const time = await timeOf(candidates[i]!, runs);
      if (round >= 0) times[i]!.push(time);
    }
  }
  const [reference = []] = times;
  return candidates.map(({ name }, i) => ({
    name,
    milliseconds: median(times[i]!),
    ratio: median(times[i]!.map((time, round) => time / reference[round]!)),
  }));
}

/** The middle of the sorted values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

async function timeOf(candidate: Candidate, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) await candidate.run();
  await candidate.finish();
  return (performance.now() - start) / runs;
}
