/** @file The tasks of the routines that are products. */
import type { Buffer } from "../../../expr/expr.ts";
import { costOf } from "../../../expr/expr.ts";
import { contiguous } from "../../../expr/segments.ts";
import { readsOf, writesOf } from "../../../steps/accesses.ts";
import type { RoutineKind, RoutineSpec } from "../../../steps/specs/routine-spec.ts";
import type { MapStep, RoutineStep } from "../../../steps/step.ts";
import { Block } from "../emit/expression.ts";
import type { Task } from "../task.ts";
import { filterGradientProduct, forwardProduct, inputGradientProducts } from "./convolution.ts";
import {
  depthwiseFilterGradientProduct,
  depthwiseInputGradientProducts,
  depthwiseProduct,
} from "./depthwise.ts";
import { matrixProduct, type Place } from "./matmul.ts";
import type { Product } from "./product.ts";
import type { Finish, Result } from "./result.ts";
import { jointTask, productTasks, type Temporaries } from "./tasks.ts";

/** The kinds of routines that are products. */
export type ProductKind = Extract<RoutineKind, "matmul" | `${"convolution" | "depthwise"}${string}`>;

type Products<Kind extends ProductKind> = (spec: RoutineSpec<Kind>, a: Place, b: Place) => Product[];

const PRODUCTS: { readonly [Kind in ProductKind]: Products<Kind> } = {
  matmul: (spec, a, b) => [matrixProduct(spec, a, b)],
  convolution: (spec, x, filter) => [forwardProduct(spec, x.buffer, filter.buffer)],
  "convolution filter gradient": (spec, x, dy) => [filterGradientProduct(spec, x.buffer, dy.buffer)],
  "convolution input gradient": (spec, dy, filter) => inputGradientProducts(spec, dy.buffer, filter.buffer),
  "depthwise convolution": (spec, x, filter) => [depthwiseProduct(spec, x.buffer, filter.buffer)],
  "depthwise filter gradient": (spec, x, dy) => [depthwiseFilterGradientProduct(spec, x.buffer, dy.buffer)],
  "depthwise input gradient": (spec, dy, filter) =>
    depthwiseInputGradientProducts(spec, dy.buffer, filter.buffer),
};

/** Whether `spec` is of a product. */
export function isProduct(spec: RoutineSpec): spec is RoutineSpec<ProductKind> {
  return spec.kind in PRODUCTS;
}

/** What a product's step says beside its spec. */
type ProductStep = Pick<RoutineStep, "label" | "operands" | "finish" | "prologues">;

/** The products that `spec` asks of the operands of `step`. */
export function productsOf<Kind extends ProductKind>(
  spec: RoutineSpec<Kind>,
  { operands, prologues }: ProductStep,
): Product[] {
  const [a, b] = operands as readonly [Place, Place];
  return PRODUCTS[spec.kind](spec, a, b).map((product) => ({
    ...product,
    a: { ...product.a, expr: prologues?.get(0) },
    b: { ...product.b, expr: prologues?.get(1) },
  }));
}

/** What a product's tasks depend on beside its step. */
export interface ProductOptions {
  /**
   * Whether anything else reads a buffer that the step writes: a result that is not goes from registers to what finishes
   * it, and is not stored. All are unless given.
   */
  readonly isNeeded?: ((buffer: Buffer) => boolean) | undefined;
  /** Whether operands may be held as float16. Not unless given. */
  readonly mayHalve?: boolean | undefined;
}

/** The tasks of a product: one, or two one after the other. */
export function productStepTasks<Kind extends ProductKind>(
  spec: RoutineSpec<Kind>,
  step: ProductStep,
  temporaries: Temporaries,
  { isNeeded = () => true, mayHalve = false }: ProductOptions = {},
): Task[] {
  const { label, operands, finish } = step;
  const { buffer } = operands[2]!;
  const result: Result = { buffer, finish: finish && finishBy(finish, buffer, isNeeded(buffer)) };
  const products = productsOf(spec, step).map((product) => ({ ...product, mayHalve }));
  const [only, ...others] = products;
  if (only && others.length === 0) return productTasks(label, only, result, temporaries);
  return [jointTask(label, products, result)];
}

/** `map` on each element of `result`. */
function finishBy(map: MapStep, result: Buffer, isNeeded: boolean): Finish {
  return {
    reads: [...readsOf(map)].filter((buffer) => buffer !== result),
    writes: isNeeded ? [result, ...writesOf(map)] : writesOf(map),
    flops: map.size * map.stores.reduce((sum, { expr }) => sum + costOf(expr), 0),
    emit(writer, element, value) {
      const block = Block.over(writer, [map.size], [result]).inside(element);
      block.give(result, value);
      if (isNeeded) block.storeValue(result, contiguous(result.size), value, "f32");
      for (const { buffer, layout, expr } of map.stores) block.store(buffer, layout, expr);
      return block.code;
    },
  };
}
