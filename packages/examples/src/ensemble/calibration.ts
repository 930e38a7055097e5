/** @file Whether a classifier is as sure as it is right. */

/** What was found among the answers that are about as sure as each other. */
interface Bin {
  /** The mean probability that the classifier gave its answers; NaN for none. */
  readonly confidence: number;
  /** The share of them that was right. */
  readonly accuracy: number;
  readonly count: number;
}

/** How sure a classifier was, and how right. */
export interface Calibration {
  readonly accuracy: number;
  /** The mean difference between confidence and accuracy over the bins, weighted by their answers. */
  readonly error: number;
  readonly bins: readonly Bin[];
}

/**
 * Compares the probability of each answer with the share of right ones, bin by bin of width `1 / bins`.
 *
 * @param probabilities of each class, row by row: `[n * classes]`
 * @see Guo et al., 2017, https://arxiv.org/abs/1706.04599
 */
export function calibrationOf(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  { classes = 10, bins = 10 }: { classes?: number; bins?: number } = {},
): Calibration {
  const totals = Array.from({ length: bins }, () => ({ sure: 0, right: 0, count: 0 }));
  for (let i = 0; i < labels.length; i++) {
    let answer = 0;
    for (let j = 1; j < classes; j++) {
      if (probabilities[i * classes + j]! > probabilities[i * classes + answer]!) answer = j;
    }
    const sure = probabilities[i * classes + answer]!;
    const bin = totals[Math.min(bins - 1, Math.floor(sure * bins))]!;
    bin.sure += sure;
    bin.right += answer === labels[i] ? 1 : 0;
    bin.count++;
  }
  const found = totals.map(({ sure, right, count }): Bin => ({
    confidence: sure / count,
    accuracy: right / count,
    count,
  }));
  const filled = found.filter(({ count }) => count > 0);
  const over = (of: (bin: Bin) => number) =>
    filled.reduce((sum, bin) => sum + (bin.count / labels.length) * of(bin), 0);
  return {
    accuracy: over(({ accuracy }) => accuracy),
    error: over(({ confidence, accuracy }) => Math.abs(confidence - accuracy)),
    bins: found,
  };
}
