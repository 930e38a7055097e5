/** @file Random loops and lanes give what JavaScript alone gives: values, gradients, and gradients of these. */
import { jit } from "@nnx-js/jit";
import { grad, splitRngs, StateAxes, valueAndGrad, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { inject, test } from "vitest";
import { Cell, compare, FLOATS, numbersOf, type Operands, operandsOf, run, turns, type Turns } from "./random-turns.ts"; // prettier-ignore
import { ours, plain, type Ways } from "./ways.ts";

/** How many programs, and which: `PROGRAMS=5000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 8, SEED = 1 } = globalThis.process?.env ?? {};

// It cannot give values at once.
const isWebgpu = inject("backend") === "webgpu";

type Wrap = <F extends (...args: never[]) => unknown>(fn: F) => F;
type Function = (cell: Cell, ...tensors: tf.Tensor[]) => tf.Tensor[];

const NAMES = [...FLOATS, "n", "mask"] as const;
const named = (tensors: readonly tf.Tensor[]) =>
  Object.fromEntries(NAMES.map((name, i) => [name, tensors[i]!])) as Operands;
const ARGNUMS = FLOATS.map((_, i) => i + 1);

/** Value, gradients, and gradients of the gradients' squares. */
function derivatives(f: (cell: Cell, ...tensors: tf.Tensor[]) => tf.Tensor): Function {
  return (cell, ...tensors) => {
    const [value, gradients] = valueAndGrad(f, { argnums: ARGNUMS })(cell, ...tensors);
    const squares = (cell: Cell, ...others: tf.Tensor[]) =>
      tf.addN(
        // They are of tensors only.
        (grad(f, { argnums: ARGNUMS })(cell, ...others) as tf.Tensor[]).map((each) =>
          tf.sum(tf.square(each)),
        ),
      );
    const second = grad(squares, { argnums: ARGNUMS })(cell, ...tensors);
    return [value, ...gradients, ...second] as tf.Tensor[];
  };
}

const left = ({ statistic, rngs }: Cell) => [statistic.value, rngs.stream().count.value];

/** What is compiled for a program: most for the CPU, some kernel by kernel. */
const targets = fc.constantFrom("wasm", "wasm", "wasm", "kernels");

// oxlint-disable-next-line vitest/expect-expect -- `compare` throws
test.skipIf(isWebgpu)("loops equal what is written out", () => {
  const figures = (program: Turns, ways: Ways, wrap: Wrap) =>
    tf.tidy(() => {
      const cell = new Cell(tf.scalar(0.25), 3);
      const f = derivatives((own, ...tensors) => run(program, named(tensors), own, ways));
      const operands = operandsOf(program);
      const results = wrap(f)(cell, ...NAMES.map((name) => operands[name]));
      const numbers = numbersOf([...results, ...left(cell)]);
      cell.dispose();
      return numbers;
    });
  fc.assert(
    fc.property(turns(5), targets, (program, target) => {
      const expected = figures(program, plain, (fn) => fn);
      const what = (how: string) => () => `${how}: ${JSON.stringify(program)}`;
      compare(
        figures(program, ours, (fn) => fn),
        expected,
        what("eager"),
      );
      const compiled: { dispose(): void }[] = [];
      const wrap: Wrap = (fn) => {
        const made = jit(fn, { target });
        compiled.push(made);
        return made;
      };
      compare(figures(program, ours, wrap), expected, what(target));
      for (const each of compiled) each.dispose();
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});

const LANES = 3;

/** Where the lanes are in the operands; undefined for what all share. */
const axes = fc.record({
  c: fc.constantFrom(0, 1, -1),
  d: fc.constantFrom(0, undefined),
  xs: fc.constantFrom(0, 2, -2, undefined),
  ss: fc.constantFrom(0, -1, undefined),
  weight: fc.constantFrom(0, -1, undefined),
  filter: fc.constantFrom(0, undefined, undefined),
  n: fc.constantFrom(0, undefined),
  mask: fc.constantFrom(0, -1, undefined),
});
type Axes = Readonly<Record<(typeof NAMES)[number], number | undefined>>;

/** An operand with lanes that differ. */
function spread(name: (typeof NAMES)[number], x: tf.Tensor, axis: number): tf.Tensor {
  const lanes = Array.from({ length: LANES }, (_, n) => {
    if (name === "n") return tf.add(x, tf.scalar(n, "int32"));
    if (name === "mask") return n === 1 ? tf.logicalNot(x) : x;
    return tf.mul(x, 1 - 0.3 * n);
  });
  return tf.stack(lanes, axis < 0 ? axis + x.rank + 1 : axis);
}

const weights = () => tf.tensor1d([1, -0.5, 0.75]);

// oxlint-disable-next-line vitest/expect-expect -- `compare` throws
test.skipIf(isWebgpu)("lanes equal what is stacked", () => {
  /** In lanes of the library, or lane by lane; derivatives are taken around the lanes, or in each. */
  const figures = (program: Turns, axes: Axes, isAround: boolean, how: "ours" | "plain", wrap: Wrap) =>
    tf.tidy(() => {
      const once = operandsOf(program);
      const operands = NAMES.map((name) =>
        axes[name] === undefined ? once[name] : spread(name, once[name], axes[name]),
      );
      const cell = new Cell(tf.tensor1d([0.25, -0.5, 0.1]), 3);
      splitRngs(cell, { splits: LANES });
      const ways = how === "ours" ? ours : plain;
      const value = (own: Cell, ...tensors: tf.Tensor[]) => run(program, named(tensors), own, ways);
      const inAxes = [new StateAxes([[true, 0]]), ...NAMES.map((name) => axes[name] ?? null)];
      const lanesOf = (fn: Function): Function => {
        if (how === "ours") return vmap(fn as (...args: never[]) => tf.Tensor[], { inAxes }) as Function;
        return (own, ...tensors) => {
          const { key, count } = own.rngs.stream();
          const taken = tensors.map((x, i) => {
            const axis = axes[NAMES[i]!];
            if (axis === undefined) return undefined;
            const at = axis < 0 ? axis + x.rank : axis;
            if (x.size > 0) return tf.unstack(x, at);
            // Joined tensors without elements have no typed array on TensorFlow.js's cpu backend, and cannot be split.
            return Array.from({ length: LANES }, () => tf.zeros(x.shape.filter((_, i) => i !== at), x.dtype)); // prettier-ignore
          });
          const statistics = tf.unstack(own.statistic.value);
          const keys = tf.unstack(key.value);
          const counts = tf.unstack(count.value);
          const done = Array.from({ length: LANES }, (_, n) => {
            const lane = new Cell(statistics[n]!, keys[n]!);
            lane.rngs.stream().count.value = counts[n]!;
            const results = fn(lane, ...tensors.map((x, i) => taken[i]?.[n] ?? x));
            return [...results, ...left(lane)];
          });
          const stacked = done[0]!.map((_, i) => tf.stack(done.map((each) => each[i]!)));
          count.value = stacked.pop()!;
          own.statistic.value = stacked.pop()!;
          return stacked;
        };
      };
      const f: Function = isAround
        ? derivatives((own, ...tensors) =>
            tf.sum(tf.mul(lanesOf((...given) => [value(...given)])(own, ...tensors)[0]!, weights())),
          )
        : lanesOf(derivatives(value));
      const results = wrap(f)(cell, ...operands);
      const numbers = numbersOf([...results, ...left(cell)]);
      cell.dispose();
      return numbers;
    });
  fc.assert(
    fc.property(turns(3), axes, fc.boolean(), targets, (program, axes, isAround, target) => {
      const expected = figures(program, axes, isAround, "plain", (fn) => fn);
      const what = (how: string) => () =>
        `${how}, ${isAround ? "around" : "inside"}: ${JSON.stringify([program, axes])}`;
      compare(
        figures(program, axes, isAround, "ours", (fn) => fn),
        expected,
        what("eager"),
      );
      const compiled: { dispose(): void }[] = [];
      const wrap: Wrap = (fn) => {
        const made = jit(fn, { target });
        compiled.push(made);
        return made;
      };
      compare(figures(program, axes, isAround, "ours", wrap), expected, what(target));
      for (const each of compiled) each.dispose();
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
