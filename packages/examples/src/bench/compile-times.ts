/** @file Times the compilation of programs of thousands of operations. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { aligned, time, times } from "./report.ts";

/** What one program takes. */
export interface CompileTime {
  readonly program: LongProgram;
  /** Operations that the function calls; gradients come on top of them. */
  readonly operations: number;
  /** The first call, all in all, in milliseconds: the shortest of several new functions. */
  readonly milliseconds: number;
}

const SIZE = 16;

/** Products and hyperbolic tangents in turn. */
function chain(x: tf.Tensor2D, w: tf.Tensor2D, operations: number): tf.Tensor2D {
  for (let i = 0; i < operations; i++) x = i % 2 === 0 ? tf.matMul(x, w) : tf.tanh(x);
  return x;
}

/** Functions of a batch and a matrix, by their names. */
const PROGRAMS = {
  chain: (operations: number) => (x: tf.Tensor2D, w: tf.Tensor2D) => chain(x, w, operations),
  gradient: (operations: number) => (x: tf.Tensor2D, w: tf.Tensor2D) =>
    tf.grad((w: tf.Tensor) => tf.sum<tf.Scalar>(chain(x, w as tf.Tensor2D, operations)))(w),
} as const;

/** The name of a program. */
type LongProgram = keyof typeof PROGRAMS;

/**
 * Times the first calls of functions with so many operations, which record, compile and run once.
 *
 * @param repeats how often each is compiled; before that one does not count, for engines to compile the compiler
 */
export function compileTimes(operations: readonly number[], repeats = 3): CompileTime[] {
  const x = tf.ones<tf.Rank.R2>([4, SIZE]);
  // The chain settles at numbers that are not 0: those next to it are slow.
  const w = tf.tensor2d(new Float32Array(SIZE * SIZE).fill(1.1 / SIZE), [SIZE, SIZE]);
  const firstCall = (program: LongProgram, count: number): number => {
    const jitted = jit(PROGRAMS[program](count));
    const start = performance.now();
    const result = jitted(x, w);
    const milliseconds = performance.now() - start;
    result.dispose();
    jitted.dispose();
    return milliseconds;
  };
  const names = Object.keys(PROGRAMS) as LongProgram[];
  const found = names.flatMap((program) => {
    firstCall(program, operations[0]!);
    return operations.map((count) => {
      const all = Array.from({ length: repeats }, () => firstCall(program, count));
      return { program, operations: count, milliseconds: Math.min(...all) };
    });
  });
  x.dispose();
  w.dispose();
  return found;
}

/** The times as a table; `x` says how many times that of the line above. */
export function describeCompileTimes(found: readonly CompileTime[]): string {
  const rows = found.map(({ program, operations, milliseconds }, i) => {
    const before = found[i - 1];
    const factor = before?.program === program ? times(milliseconds / before.milliseconds) : "";
    return [
      `${program} of ${operations}`,
      time(milliseconds),
      time((1000 * milliseconds) / operations),
      factor,
    ];
  });
  return aligned([["operations", "first call, ms", "µs an operation", "x"], ...rows]).join("\n");
}
