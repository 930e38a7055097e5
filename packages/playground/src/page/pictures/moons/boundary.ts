/** @file Probabilities as colours. */

type Rgb = readonly [number, number, number];

/**
 * RGBA bytes of a grid of probabilities: the colour of the likelier class, the paler the less it is sure; near one
 * half a line is left in the colour of the paper.
 */
export function colourGrid(
  probabilities: ArrayLike<number>,
  { first, second, paper }: { first: Rgb; second: Rgb; paper: Rgb },
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(probabilities.length * 4);
  for (let index = 0; index < probabilities.length; index++) {
    const probability = probabilities[index]!;
    const ink = probability < 0.5 ? first : second;
    const strength = Number.isFinite(probability) ? 0.12 + 0.6 * Math.abs(probability - 0.5) * 2 : 0;
    for (let channel = 0; channel < 3; channel++) {
      bytes[index * 4 + channel] = paper[channel]! + (ink[channel]! - paper[channel]!) * strength;
    }
    bytes[index * 4 + 3] = 255;
  }
  return bytes;
}

/** How many examples lie on the side of their class, by the grid cell that each is in. */
export function countRight(grid: {
  readonly side: number;
  readonly probabilities: ArrayLike<number>;
  readonly points: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}): number {
  let right = 0;
  for (let index = 0; index < grid.labels.length; index++) {
    const column = cell((grid.points[index * 2]! + 1.5) / 4, grid.side);
    const row = cell((1.75 - grid.points[index * 2 + 1]!) / 3, grid.side);
    const isSecond = grid.probabilities[row * grid.side + column]! >= 0.5;
    if (isSecond === (grid.labels[index] === 1)) right++;
  }
  return right;
}

function cell(share: number, side: number): number {
  return Math.max(0, Math.min(side - 1, Math.floor(share * side)));
}
