/** @file Loops over the same elements in another order. */
import { type Buffer, type Expr, moved, parts } from "../expr/expr.ts";
import { commonSizes, cut, isContiguous, type Layout, type Move, simplify } from "../expr/segments.ts";
import { exprsOf, layoutsOf } from "../steps/accesses.ts";
import type { MapStep } from "../steps/step.ts";

/**
 * `map` in the order in which the elements of `buffer`, of which it reads each once, lie in memory; undefined if it
 * does not. It stores them wherever it did.
 */
export function inOrderOf(map: MapStep, buffer: Buffer): MapStep | undefined {
  const reads = readsFrom(map, buffer);
  const [first] = reads;
  if (!first || buffer.size !== map.size) return undefined;
  if (reads.every((read) => isContiguous(read, map.size))) return map;
  const sizes = commonSizes(
    layoutsOf(map).map(({ segments }) => segments),
    map.size,
  );
  const runs = sizes && first.offset === 0 ? cut(first.segments, sizes) : undefined;
  if (!sizes || !runs) return undefined;
  const order = [...runs.keys()].sort((a, b) => runs[b]!.stride - runs[a]!.stride);
  const move: Move = ({ offset, segments }) => {
    const pieces = cut(segments, sizes);
    return pieces && { offset, segments: simplify(order.map((axis) => pieces[axis]!)) };
  };
  const stores = map.stores.map((store) => {
    const [layout, expr] = [move(store.layout), moved(store.expr, move)];
    return layout && expr && { ...store, layout, expr };
  });
  if (stores.includes(undefined)) return undefined;
  const result: MapStep = { ...map, stores: stores.filter((store) => store !== undefined) };
  return readsFrom(result, buffer).every((read) => isContiguous(read, map.size)) ? result : undefined;
}

/** Where `map` reads `buffer`; nothing if it computes where. */
function readsFrom(map: MapStep, buffer: Buffer): Layout[] {
  const seen = new Set<Expr>();
  const found = exprsOf(map)
    .flatMap((expr) => parts(expr, seen))
    .filter((part) => "buffer" in part && part.buffer === buffer);
  return found.every((part) => part.kind === "load") ? found : [];
}
