/** @file Weights that stay as they are from call to call, which products take packed. */
import type { Buffer } from "../../../expr/expr.ts";
import { volume } from "../../../steps/specs/convolution.ts";
import { foldBatches, type MatmulSpec, type Packed, type Strides } from "../../../steps/specs/matmul.ts";
import type { RoutineStep, Step } from "../../../steps/step.ts";
import { isWorthPacking } from "../routines/matmul/blocking.ts";
import { bytesOf } from "../routines/matmul/store.ts";
import { TILE_VECTORS } from "../routines/matmul/registers.ts";

/** A matrix as it lies in memory, and how it is packed. */
export interface Packing extends Packed {
  readonly k: number;
  readonly n: number;
  readonly strides: Strides;
}

/** A packed copy of a parameter. */
export interface Weight {
  readonly parameter: Buffer & { readonly role: { readonly kind: "parameter" } };
  readonly packing: Packing;
  /** Stands for the copy, whose address is this entry of the program's table. */
  readonly buffer: Buffer;
  readonly entry: number;
}

/** Columns of a strip. */
export function stripColumns({ vectors }: Packed): number {
  return 4 * vectors;
}

/** Strips of a packed matrix. */
export function stripsOf({ n, vectors }: Packing): number {
  return Math.ceil(n / (4 * vectors));
}

/** Bytes of a packed matrix. */
export function packedBytes(packing: Packing): number {
  return bytesOf(stripsOf(packing) * packing.k * stripColumns(packing));
}

/**
 * Lets products and convolutions take those of their weights packed that are worth it.
 *
 * @param still the parameters that no call changes, by number
 * @param firstEntry the entry of the first packed copy in the program's table
 */
export function packWeights(
  steps: readonly Step[],
  still: ReadonlySet<number>,
  firstEntry: number,
): { readonly steps: readonly Step[]; readonly weights: readonly Weight[] } {
  const weights = new Map<string, Weight>();
  const weightOf = (parameter: Weight["parameter"], packing: Packing): Weight => {
    const key = `${parameter.role.index} ${keyOf(packing)}`;
    let weight = weights.get(key);
    if (!weight) {
      const entry = firstEntry + weights.size;
      const size = packedBytes(packing) / 4;
      const buffer: Buffer = { id: -1, size, role: { kind: "parameter", index: entry } };
      weight = { parameter, packing, buffer, entry };
      weights.set(key, weight);
    }
    return weight;
  };
  const withPacked = (step: Step): Step => {
    if (step.kind !== "routine") return step;
    const operand = step.operands[1];
    if (!operand || operand.offset !== 0 || step.prologues) return step;
    const { buffer } = operand;
    if (!isStill(buffer, still)) return step;
    const packing = packingOf(step);
    if (!packing || packing.k * packing.n !== buffer.size) return step;
    const weight = weightOf(buffer, packing);
    const others = [step.operands[0]!.buffer, ...(step.finish ? step.reads : [])];
    const keeps = others.includes(buffer) ? [buffer] : [];
    return {
      ...step,
      spec: { ...step.spec, packed: { vectors: packing.vectors } } as RoutineStep["spec"],
      operands: step.operands.map((given, i) => (i === 1 ? { buffer: weight.buffer, offset: 0 } : given)),
      reads: [...step.reads.filter((read) => read !== buffer), ...keeps, weight.buffer],
    };
  };
  return { steps: steps.map(withPacked), weights: [...weights.values()] };
}

/** What tells packed copies of a matrix apart. */
export function keyOf({ k, n, strides, vectors }: Packing): string {
  return `${k} ${n} ${strides.row} ${strides.column} ${vectors}`;
}

function isStill(buffer: Buffer, still: ReadonlySet<number>): buffer is Weight["parameter"] {
  return buffer.role.kind === "parameter" && still.has(buffer.role.index);
}

/** How the second operand of a step is packed; undefined for one that is not. */
function packingOf({ spec }: RoutineStep): Packing | undefined {
  if (spec.kind === "convolution") {
    const [k, n] = [volume(spec.filter) * spec.inChannels, spec.outChannels];
    return { k, n, strides: { row: n, column: 1 }, vectors: TILE_VECTORS };
  }
  return spec.kind === "matmul" ? ofProduct(spec) : undefined;
}

function ofProduct(spec: MatmulSpec): Packing | undefined {
  const folded = foldBatches(spec);
  if (folded.batch.some(({ b }) => b !== 0) || !isWorthPacking(folded)) return undefined;
  const { k, n, b } = folded;
  return { k, n, strides: b, vectors: TILE_VECTORS };
}
