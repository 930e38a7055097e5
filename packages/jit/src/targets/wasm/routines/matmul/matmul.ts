/** @file Matrix products. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Finished, Routine } from "../routine.ts";
import { emitBlocked } from "./blocked.ts";
import { blockingOf } from "./blocking.ts";
import { foldBatches, type MatmulSpec } from "../../../../steps/specs/matmul.ts";

/**
 * A routine `fn(a, b, c, scratch, begin, end)` for a product of float32 matrices.
 *
 * Each sum is taken in the order of its terms, in blocks of them, in float32: the figures depend neither on threads
 * nor on units.
 */
export function emitMatmul(module: ModuleBuilder, spec: MatmulSpec & Finished): Routine {
  const folded = foldBatches(spec);
  return emitBlocked(module, folded, blockingOf(folded));
}
