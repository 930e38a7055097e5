/** @file Lets products compute their operands: the loop that only fills an operand is left out. */
import { type Buffer, costOf, type Expr, parts } from "../../../expr/expr.ts";
import { isContiguous } from "../../../expr/segments.ts";
import { readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep, RoutineStep, Step } from "../../../steps/step.ts";
import type { Product } from "../products/product.ts";
import { isProduct, productsOf } from "../products/step-tasks.ts";
import { strategyOf } from "../products/strategy.ts";

/** So much more than the multiplications may cost that an element is computed several times. */
const MOST_EXTRA = 1 / 4;

/** So little work, in additions, that what counts is the launch that is saved. */
const SMALL = 1 << 23;

/** The costliest expression that hides behind reading memory. */
const HIDDEN = 16;

/** The same steps; `outputs` are the buffers that are read when all have run. */
export function fusePrologues(steps: readonly Step[], outputs: ReadonlySet<Buffer>): Step[] {
  const readers = new Map<Buffer, Step[]>();
  const writers = new Map<Buffer, number[]>();
  for (const [i, step] of steps.entries()) {
    for (const buffer of readsOf(step)) readers.set(buffer, [...(readers.get(buffer) ?? []), step]);
    for (const buffer of writesOf(step)) writers.set(buffer, [...(writers.get(buffer) ?? []), i]);
  }
  const places = new Map(steps.map((step, i) => [step, i]));
  /** What becomes of steps; nothing of those that are left out. */
  const instead = new Map<Step, Step | undefined>();
  for (const [at, map] of steps.entries()) {
    if (map.kind !== "map") continue;
    const filled = onlyFilled(map);
    if (!filled || outputs.has(filled.buffer) || writers.get(filled.buffer)!.length > 1) continue;
    const [reader, ...others] = readers.get(filled.buffer) ?? [];
    if (reader?.kind !== "routine" || others.length > 0) continue;
    // What it reads must be the same where it is used.
    const isOverwritten = [...readsOf(map)].some((buffer) =>
      writers.get(buffer)?.some((writer) => writer > at && writer <= places.get(reader)!),
    );
    // A loop over rows that follows their reductions is no launch of its own.
    const followsReduction = [...readsOf(map)].some((buffer) =>
      writers.get(buffer)?.some((writer) => steps[writer]!.kind === "reduce"),
    );
    if (isOverwritten || followsReduction) continue;
    const fused = withPrologue((instead.get(reader) ?? reader) as RoutineStep, filled.buffer, filled.expr);
    if (!fused) continue;
    instead.set(map, undefined);
    instead.set(reader, fused);
  }
  return steps.flatMap((step) => (instead.has(step) ? (instead.get(step) ?? []) : [step]));
}

/** The floats that `map` fills a whole buffer with, in order, if it does nothing else. */
function onlyFilled({ size, stores }: MapStep): { buffer: Buffer; expr: Expr } | undefined {
  const [store, ...others] = stores;
  if (!store || others.length > 0) return undefined;
  const { buffer, layout, expr } = store;
  const isWhole = buffer.size === size && isContiguous(layout, size);
  return isWhole && expr.lane === "f32" && buffer.role.kind === "temporary" ? { buffer, expr } : undefined;
}

/** `step` with what it reads of `buffer` computed by `expr`, if it is an operand of a product and that pays. */
function withPrologue(step: RoutineStep, buffer: Buffer, expr: Expr): RoutineStep | undefined {
  const { spec, operands, finish } = step;
  if (!isProduct(spec)) return undefined;
  const uses = operands.flatMap((operand, i) => (operand.buffer === buffer ? [i] : []));
  const [operand, ...others] = uses;
  if (operand === undefined || operand > 1 || others.length > 0) return undefined;
  if (finish && readsOf(finish).has(buffer)) return undefined;
  const side = operand === 0 ? "a" : "b";
  if (!productsOf(spec, step).every((product) => pays(product, side, expr))) return undefined;
  const read = parts(expr).flatMap((part) => ("buffer" in part ? [part.buffer] : []));
  return {
    ...step,
    reads: [...new Set([...step.reads.filter((other) => other !== buffer), ...read])],
    prologues: new Map([...(step.prologues ?? []), [operand, expr]]),
  };
}

/** Whether it takes less time to compute the elements of `side` where they are used than to store and read them. */
function pays(product: Product, side: "a" | "b", expr: Expr): boolean {
  const { m, n, k } = product;
  const cost = costOf(expr);
  const strategy = strategyOf(product);
  const across = side === "a" ? n : m;
  const times = strategy.kind === "tiles" ? Math.ceil(across / strategy.tile.size) : across;
  const multiplications = m * n * k;
  if (cost * multiplications * (times / across) <= SMALL) return true;
  switch (strategy.kind) {
    case "tiles":
      return (cost * times) / across <= MOST_EXTRA;
    case "few rows":
      return side === "b" && cost <= HIDDEN;
    case "few columns":
      return side === "a" && cost <= HIDDEN;
    default:
      return false;
  }
}
