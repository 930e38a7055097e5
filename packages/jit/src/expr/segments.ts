/** @file Where the elements of a tensor lie in memory, as nested runs, and what layout operations do to that. */

/** A run: `size` steps of `stride` elements. Runs are listed from the outermost to the innermost. */
export interface Segment {
  readonly size: number;
  readonly stride: number;
}

/** The places of a tensor's elements, in row-major order: `offset` plus one step count times stride for each run. */
export interface Layout {
  readonly offset: number;
  readonly segments: readonly Segment[];
}

/** The product of `sizes`. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** Elements one after the other from the beginning. */
export function contiguous(size: number): Layout {
  return { offset: 0, segments: size === 1 ? [] : [{ size, stride: 1 }] };
}

/** Whether these are the elements of a whole buffer of `size`, in order. */
export function isContiguous({ offset, segments }: Layout, size: number): boolean {
  if (offset !== 0) return false;
  if (size === 1) return segments.length === 0;
  const [only] = segments;
  return segments.length === 1 && only!.size === size && only!.stride === 1;
}

/** The same places in as few runs as possible. */
export function simplify(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    if (segment.size === 1) continue;
    const outer = result.at(-1);
    if (outer && outer.stride === segment.size * segment.stride) {
      result[result.length - 1] = { size: outer.size * segment.size, stride: segment.stride };
    } else {
      result.push(segment);
    }
  }
  return result;
}

/** The runs that belong to each axis of `shape`; undefined where a run goes across axes and cannot be cut between them. */
export function byAxis(segments: readonly Segment[], shape: readonly number[]): Segment[][] | undefined {
  const rest = [...segments];
  const groups: Segment[][] = shape.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    let wanted = shape[axis]!;
    while (wanted > 1) {
      const run = rest.pop();
      if (!run) return undefined;
      if (wanted % run.size === 0) {
        groups[axis]!.unshift(run);
        wanted /= run.size;
      } else if (run.size % wanted === 0) {
        groups[axis]!.unshift({ size: wanted, stride: run.stride });
        rest.push({ size: run.size / wanted, stride: run.stride * wanted });
        wanted = 1;
      } else {
        return undefined;
      }
    }
  }
  return groups;
}

/** Cuts runs so that they have the sizes `sizes`, or undefined; `sizes` has no ones. */
export function cut(segments: readonly Segment[], sizes: readonly number[]): Segment[] | undefined {
  const groups = byAxis(segments, sizes);
  if (!groups) return undefined;
  const runs: Segment[] = [];
  for (const [axis, group] of groups.entries()) {
    const [run, ...others] = simplify(group);
    if (others.length > 0) return undefined;
    runs.push(run ?? { size: sizes[axis]!, stride: 0 });
  }
  return runs;
}

/** The coarsest runs' sizes into which all of `lists` can be cut; undefined if there are none. */
export function commonSizes(lists: readonly (readonly Segment[])[], total: number): number[] | undefined {
  // The usual case: tensors as they lie in memory.
  if (lists.every((segments) => (segments.length === 0 ? total === 1 : segments[0]!.size === total)))
    return total === 1 ? [] : [total];
  // A run ends where the product of the sizes inside it is one of these.
  const ends = new Set<number>();
  for (const segments of lists) {
    let inner = 1;
    for (let i = segments.length - 1; i >= 0; i--) ends.add((inner *= segments[i]!.size));
  }
  ends.add(total);
  const sizes: number[] = [];
  let before = 1;
  for (const end of [...ends].sort((a, b) => a - b)) {
    if (end === 1) continue;
    if (end % before !== 0) return undefined;
    sizes.unshift(end / before);
    before = end;
  }
  return sizes;
}

/** What a layout operation does: the layout of its output from that of its input; undefined where it cannot. */
export type Move = (layout: Layout) => Layout | undefined;

/** Axis `i` of the output is axis `perm[i]` of the input. */
export function transposed(shape: readonly number[], perm: readonly number[]): Move {
  return ({ offset, segments }) => {
    const groups = byAxis(segments, shape);
    return groups && { offset, segments: simplify(perm.flatMap((axis) => groups[axis]!)) };
  };
}

/** Repeats axes of size 1, and adds axes in front. */
export function broadcast(shape: readonly number[], to: readonly number[]): Move {
  return ({ offset, segments }) => {
    const groups = byAxis(segments, shape);
    if (!groups) return undefined;
    const added = to.length - shape.length;
    return {
      offset,
      segments: simplify(
        to.flatMap((size, axis) => {
          const from = axis < added ? 1 : shape[axis - added]!;
          return from === size ? (axis < added ? [] : groups[axis - added]!) : [{ size, stride: 0 }];
        }),
      ),
    };
  };
}

/** Part of each axis: `size[i]` elements from `begin[i]`, `step[i]` apart (which may be negative). */
export function sliced(
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
  step: readonly number[] = begin.map(() => 1),
): Move {
  return ({ offset, segments }) => {
    const groups = byAxis(segments, shape);
    if (!groups) return undefined;
    let start = offset;
    const result: Segment[] = [];
    for (const [axis, group] of groups.entries()) {
      if (begin[axis] === 0 && size[axis] === shape[axis] && step[axis] === 1) {
        result.push(...group);
        continue;
      }
      const [run, ...others] = simplify(group);
      if (others.length > 0) return undefined;
      const stride = run?.stride ?? 0;
      start += begin[axis]! * stride;
      result.push({ size: size[axis]!, stride: stride * step[axis]! });
    }
    return { offset: start, segments: simplify(result) };
  };
}
