/** @file Which digit was taken for which. */

/**
 * The confusion matrix: `counts[i][j]` examples of class `i` were taken for class `j`.
 *
 * @param labels the true class of each example, an integer below `classes`
 * @param predictions the class that the model gave, in the same order
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = counts[labels[i]!]!;
    row[predictions[i]!]!++;
  }
  return counts;
}

/** The share of all examples that were taken for what they are; NaN without examples. */
export function accuracyOf(counts: readonly (readonly number[])[]): number {
  const right = sum(counts.map((row, i) => row[i]!));
  return right / sum(counts.map(sum));
}

/** For each class the share of its examples that were recognised; NaN for a class without examples. */
export function recallsOf(counts: readonly (readonly number[])[]): number[] {
  return counts.map((row, i) => row[i]! / sum(row));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
