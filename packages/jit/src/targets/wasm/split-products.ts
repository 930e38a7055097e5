/** @file Divides the terms of products whose results are small: threads take terms each, which they read once. */
import type { Buffer } from "../../expr/expr.ts";
import { batchSize, type MatmulSpec } from "../../steps/specs/matmul.ts";
import type { RoutineStep, Step } from "../../steps/step.ts";
import { sumOfParts } from "./sum-parts.ts";

/** Fewer terms stay in caches whole. */
const MANY_TERMS = 2048;
/** Sums of more take account of what rounding takes from them. */
const MOST_TERMS = 65_536;
/** Terms of a part, parts at most, and bytes of all their results. */
const PART_TERMS = 512;
const MOST_PARTS = 32;
const MOST_BYTES = 1 << 21;

/**
 * The same steps; where a product has many terms for few elements, as gradients of weights over all turns of a loop have,
 * it is computed for parts of the terms, then added up. Figures depend on the shapes alone.
 */
export function splitProducts(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] => {
    if (step.kind !== "routine" || step.spec.kind !== "matmul" || step.prologues) return [step];
    const parts = partsOf(step.spec);
    return parts > 1 ? inParts(step, step.spec, parts) : [step];
  });
}

function partsOf({ m, n, k, a, packed, batch = [] }: MatmulSpec): number {
  // Rows of contiguous terms are not packed, and weights that they are multiplied by may be packed before: threads take columns.
  if (a.column === 1) return 1;
  if (k < MANY_TERMS || k > MOST_TERMS || packed || batchSize(batch) > 1) return 1;
  const most = Math.min(MOST_PARTS, Math.floor(MOST_BYTES / (4 * m * n)));
  const parts = Math.min(most, Math.ceil(k / PART_TERMS));
  // Equal ones, if a few less make them so.
  for (let fewer = parts; fewer > (3 * parts) / 4; fewer--) if (k % fewer === 0) return fewer;
  return parts;
}

function inParts(step: RoutineStep, spec: RoutineStep["spec"] & MatmulSpec, parts: number): Step[] {
  const [a, b, c] = step.operands;
  if (!a || !b || !c) throw new Error("internal: a product without operands");
  const size = spec.m * spec.n;
  const terms = Math.floor(spec.k / parts);
  const rest = spec.k - parts * terms;
  const all = rest > 0 ? parts + 1 : parts;
  // Numbers tell buffers apart for those who read them only.
  const buffer: Buffer = { id: -1, size: all * size, role: { kind: "temporary" } };
  const product = (first: number, count: number, k: number): RoutineStep => ({
    kind: "routine",
    label: `${step.label}, ${k} terms of ${count > 1 ? `${count} parts` : "the rest"}`,
    spec: {
      ...spec,
      k,
      batch: [{ size: count, a: terms * spec.a.column, b: terms * spec.b.row, c: size }],
    } as RoutineStep["spec"],
    operands: [
      { ...a, offset: a.offset + first * terms * spec.a.column },
      { ...b, offset: b.offset + first * terms * spec.b.row },
      { buffer, offset: first * size },
    ],
    reads: step.reads,
    writes: [buffer],
  });
  const whole = sumOfParts(buffer, all, size, c.buffer);
  const products = [product(0, parts, terms), ...(rest > 0 ? [product(parts, 1, rest)] : [])];
  return [...products, whole, ...(step.finish ? [step.finish] : [])];
}
