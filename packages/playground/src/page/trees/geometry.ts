/** @file Where lines between the trees run. */

/** A box in the coordinates of what holds both trees. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A box of the window, moved so that `origin`'s corner is 0, 0. */
export function relativeTo(origin: Box, box: Box): Box {
  return {
    left: box.left - origin.left,
    right: box.right - origin.left,
    top: box.top - origin.top,
    bottom: box.bottom - origin.top,
  };
}

const GAP = 5;

/**
 * The path of a line from the right of one box to the left of another, as SVG writes it: level at both ends, so that
 * one sees at which row it ends. Lines between rows of one height are straight.
 */
export function linePath(from: Box, to: Box): string {
  const x1 = round(from.right + GAP);
  const y1 = round((from.top + from.bottom) / 2);
  const x2 = round(Math.max(to.left - GAP, x1));
  const y2 = round((to.top + to.bottom) / 2);
  if (Math.abs(y1 - y2) < 1) return `M${x1} ${y1}H${x2}`;
  const middle = round((x1 + x2) / 2);
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
