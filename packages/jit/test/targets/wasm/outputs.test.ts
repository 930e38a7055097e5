/** @file Outputs that take the place of parameters: whatever they are, nothing is lost that is needed still. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Value } from "@nnx-js/nn/trace";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { GraphBuilder, runGraph } from "./graphs.ts";

const SIZE = 8;

/** Kernels of one or two tensors, and what they give for small whole numbers. */
const KERNELS = {
  Add: (a: number[], b: number[]) => a.map((x, i) => x + b[i]!),
  Sub: (a: number[], b: number[]) => a.map((x, i) => x - b[i]!),
  Maximum: (a: number[], b: number[]) => a.map((x, i) => Math.max(x, b[i]!)),
  Reverse: (a: number[]) => a.map((_, i) => a[a.length - 1 - i]!),
} as const;

const names = Object.keys(KERNELS) as (keyof typeof KERNELS)[];

const programs = fc.record({
  parameters: fc.integer({ min: 1, max: 4 }),
  nodes: fc.array(fc.record({ name: fc.constantFrom(...names), a: fc.nat(50), b: fc.nat(50) }), {
    maxLength: 8,
  }),
  /** The value of each output, and the parameter that it replaces, if no output before has. */
  outputs: fc.array(fc.record({ value: fc.nat(50), replaces: fc.option(fc.nat(3)) }), {
    minLength: 1,
    maxLength: 5,
  }),
});

test("random programs that write their parameters give what they give without", () => {
  fc.assert(
    fc.property(programs, ({ parameters, nodes, outputs }) => {
      const g = new GraphBuilder();
      const values: Value[] = Array.from({ length: parameters }, () => g.parameter([SIZE]));
      const inputs = values.map((_, p) => Array.from({ length: SIZE }, (_, i) => ((7 * i + 5 * p) % 11) - 5));
      const numbers = inputs.map((input) => [...input]);
      for (const { name, a, b } of nodes) {
        const [x, y] = [a % values.length, b % values.length];
        values.push(
          name === "Reverse"
            ? g.kernel(name, { x: values[x]! }, [SIZE], { dims: [0] })
            : g.kernel(name, { a: values[x]!, b: values[y]! }, [SIZE]),
        );
        numbers.push(KERNELS[name](numbers[x]!, numbers[y]!));
      }
      const taken = new Set<number>();
      const nextOf = outputs.map(({ replaces }) => {
        if (replaces === null || replaces >= parameters || taken.has(replaces)) return undefined;
        taken.add(replaces);
        return replaces;
      });
      const chosen = outputs.map(({ value }) => value % values.length);
      const graph = g.graph(
        chosen.map((at) => values[at]!),
        nextOf,
      );
      expect(runGraph(graph, inputs)).toEqual(chosen.map((at) => numbers[at]!.map((x) => x + 0)));
    }),
    { numRuns: 400 },
  );
});

/** A step of optimistic gradient descent: `p - (2 g - before)`, and the gradient for the next one. */
function optimisticStep() {
  const g = new GraphBuilder();
  const [p, before, gradient] = [g.parameter([SIZE]), g.parameter([SIZE]), g.parameter([SIZE])];
  const twice = g.kernel("Add", { a: gradient, b: gradient }, [SIZE]);
  const next = g.kernel("Sub", { a: p, b: g.kernel("Sub", { a: twice, b: before }, [SIZE]) }, [SIZE]);
  return { g, next, gradient };
}

test("what is kept for the next step is written by the loop that has read it", () => {
  const { g, next, gradient } = optimisticStep();
  const graph = g.graph([next, gradient], [0, 1]);
  expect(
    runGraph(graph, [[...Array(SIZE).fill(9)], [...Array(SIZE).fill(2)], [...Array(SIZE).fill(3)]]),
  ).toEqual([Array(SIZE).fill(5), Array(SIZE).fill(3)]);
  expect(compileWasm(graph, new Heap(false)).describe()).toMatch(/: 1 steps,/);
});
