/** @file How values are spread, as TensorBoard shows it. */

/**
 * `[buckets, 3]` numbers: the left and right border of each bucket, and how many values it has. Buckets are equally
 * wide from the least to the largest value; where those are the same, the last bucket has all. Of no values all are 0.
 *
 * @throws RangeError for a value that is not finite
 * @see tensorboard.plugins.histogram
 */
export function histogramOf(values: ArrayLike<number>, buckets: number): Float64Array {
  const rows = new Float64Array(3 * buckets);
  if (values.length === 0) return rows;
  let [least, largest] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) throw new RangeError(`expected finite values, got ${value} at ${i}`);
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  const range = largest - least;
  const width = range / buckets;
  for (let bucket = 0; bucket < buckets; bucket++) {
    // The borders are those of NumPy's linspace, bit for bit.
    rows[3 * bucket] = bucket * width + least;
    rows[3 * bucket + 1] = bucket === buckets - 1 ? largest : (bucket + 1) * width + least;
  }
  if (range === 0) {
    rows[3 * buckets - 1] = values.length;
    return rows;
  }
  for (let i = 0; i < values.length; i++) {
    const bucket = Math.min(buckets - 1, Math.floor((values[i]! - least) / width));
    rows[3 * bucket + 2]!++;
  }
  return rows;
}
