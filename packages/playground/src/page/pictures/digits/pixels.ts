/** @file A drawing as the data set has its digits. */

const SIDE = 28;
/** The data set fits each digit into a box of this size, and puts its centre of mass into the middle. */
const BOX = 20;
/** A digit is not blown up to the box beyond this: a dot stays a dot. */
const MOST_ZOOM = 4;
/** Each pixel is the mean of so many times so many places within it. */
const SAMPLES = 4;

/**
 * Pools a drawing to 28 x 28.
 *
 * @param ink `[side * side]`, rows from the top, 0 is paper and 1 is ink
 * @returns `[784]`; all 0 where there is no ink
 */
export function toDigit(ink: ArrayLike<number>, side: number): Float32Array {
  const pixels = new Float32Array(SIDE * SIDE);
  const found = extent(ink, side);
  if (!found) return pixels;
  const { centreX, centreY, size } = found;
  const zoom = Math.min(BOX / size, (MOST_ZOOM * SIDE) / side);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      let sum = 0;
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        const inX = ((sample % SAMPLES) + 0.5) / SAMPLES;
        const inY = (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
        const x = Math.floor(centreX + (column + inX - SIDE / 2) / zoom);
        const y = Math.floor(centreY + (row + inY - SIDE / 2) / zoom);
        if (x >= 0 && x < side && y >= 0 && y < side) sum += ink[y * side + x]!;
      }
      pixels[row * SIDE + column] = sum / (SAMPLES * SAMPLES);
    }
  }
  return pixels;
}

/** Centre of mass, and the longer side of the box around the ink. */
function extent(ink: ArrayLike<number>, side: number) {
  let [mass, sumX, sumY] = [0, 0, 0];
  let [left, right, top, bottom] = [side, -1, side, -1];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = ink[y * side + x]!;
      if (value <= 0) continue;
      mass += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (mass === 0) return undefined;
  const size = Math.max(right - left, bottom - top) + 1;
  return { centreX: sumX / mass, centreY: sumY / mass, size };
}
