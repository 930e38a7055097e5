/** @file Random turns: functions of what is carried, a slice, constants, a Variable and a random stream. */
import { Module, Rngs, Variable } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { COLUMNS, matrix, ROWS, type Surroundings } from "./turn-operation.ts";
import { KINDS } from "./turn-operations.ts";
import type { Ways } from "./ways.ts";

/** A random turn, and how often it runs. */
export interface Turns {
  readonly length: number;
  readonly reverse: boolean;
  readonly unroll: number;
  readonly writes: boolean;
  readonly draws: boolean;
  readonly picks: readonly (readonly [kind: number, operation: number, a: number, b: number])[];
}

/** Turns of up to seven operations. */
export const turns = (longest: number): fc.Arbitrary<Turns> =>
  fc.record({
    length: fc.integer({ min: 0, max: longest }),
    reverse: fc.boolean(),
    unroll: fc.constantFrom(1, 1, 1, 2, 3),
    writes: fc.boolean(),
    draws: fc.boolean(),
    picks: fc.array(fc.tuple(fc.nat(98), fc.nat(98), fc.nat(98), fc.nat(98)), { minLength: 1, maxLength: 7 }),
  });

/** What a turn writes: a Variable and a random stream. */
export class Cell extends Module {
  static override readonly name: string = "Cell";
  readonly statistic: Variable;
  readonly rngs: Rngs;

  constructor(statistic: tf.Tensor, seed: number | tf.Tensor) {
    super();
    this.statistic = new Variable(statistic);
    this.rngs = new Rngs(seed);
  }

  override dispose(): void {
    const { key, count } = this.rngs.stream();
    for (const variable of [this.statistic, key, count]) variable.dispose();
  }
}

/** What gradients are taken with respect to. */
export const FLOATS = ["c", "d", "xs", "ss", "weight", "filter"] as const;

/** Tensors by name: those of `FLOATS`, `n` (int32) and `mask` (bool). */
export type Operands = Readonly<Record<(typeof FLOATS)[number] | "n" | "mask", tf.Tensor>>;

export function operandsOf({ length }: Turns): Operands {
  return {
    c: wave([ROWS, COLUMNS], 1, 0.1),
    d: wave([COLUMNS], 1, 0.2),
    xs: wave([length, ROWS, COLUMNS], 1, 0.3),
    ss: wave([length], 1, 0.4),
    weight: wave([COLUMNS, COLUMNS], 1, 0.5),
    filter: wave([2, 2, 1, 2], 1, 0.6),
    n: tf.scalar(1, "int32"),
    mask: tf.greater(wave([ROWS, COLUMNS], 1, 0.7), 0),
  };
}

type Carry = readonly [c: tf.Tensor, d: tf.Tensor, n: tf.Tensor, mask: tf.Tensor];

/** Runs a loop: the sum of all that it gives, with weights. */
export function run(turns: Turns, operands: Operands, cell: Cell, ways: Ways): tf.Scalar {
  const { weight, filter } = operands;
  const { statistic, rngs } = cell;
  const body = ([c, d, n, mask]: Carry, [x, s]: readonly [tf.Tensor, tf.Tensor]) => {
    const values: tf.Tensor[] = [x, s, d, statistic.value, c];
    for (const [kind, operation, a, b] of turns.picks) {
      const operations = KINDS[kind % KINDS.length]!;
      // The latest value is an operand more often than chance would have it.
      const first = values[a % 2 === 0 ? values.length - 1 : a % values.length]!;
      const around: Surroundings = { weight, filter, count: n, mask, rngs, ways, pick: b };
      values.push(operations[operation % operations.length]!(first, values[b % values.length]!, around));
    }
    const last = matrix(values.at(-1)!);
    const drawn = turns.draws ? tf.mul(last, rngs.uniform([])) : last;
    if (turns.writes) {
      statistic.value = tf.add(tf.mul(statistic.value, 0.9), tf.mul(0.1, tf.tanh(tf.mean(drawn))));
    }
    const next: Carry = [
      tf.tanh(tf.add(drawn, c)),
      tf.tanh(tf.add(tf.mean(last, 0), d)),
      tf.add(n, tf.scalar(1, "int32")),
      tf.logicalXor(mask, tf.greater(last, 0.0137)),
    ];
    return [next, [last, tf.sum(values.at(-2)!), n] as const] as const;
  };
  const { length, reverse, unroll } = turns;
  const init: Carry = [operands.c, operands.d, operands.n, operands.mask];
  const xs = [operands.xs, operands.ss] as unknown as readonly [tf.Tensor, tf.Tensor];
  const [carry, ys] = ways.scan(body, init, xs, { length, reverse, unroll });
  const given: readonly tf.Tensor[] = length === 0 ? [] : ys;
  const parts = [...carry, ...given, statistic.value].map((part, i) =>
    tf.sum<tf.Scalar>(
      tf.mul(
        tf.cast(part, "float32"),
        tf.sin(tf.add(tf.reshape(tf.range(0, part.size), part.shape), 0.7 + i)),
      ),
    ),
  );
  return tf.addN<tf.Scalar>(parts);
}

/** Throws where numbers are not near the expected ones, unless these say nothing. */
export function compare(found: readonly number[], expected: readonly number[], what: () => string): void {
  if (found.length !== expected.length) {
    throw new Error(`${found.length} numbers, not ${expected.length}: ${what()}`);
  }
  const scale = Math.max(1, ...expected.map(Math.abs));
  // What rounding does to such numbers says nothing about loops.
  if (!(scale < 1e5)) return;
  const off = found.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= 5e-5 * scale));
  if (off >= 0) throw new Error(`at ${off}: ${found[off]}, not ${expected[off]} of ${scale}: ${what()}`);
}

export const numbersOf = (tensors: readonly tf.Tensor[]) =>
  tensors.flatMap((tensor) => [...tensor.dataSync()]);
