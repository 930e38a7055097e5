/** @file Loops that finish the results of routines. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { GraphBuilder, runGraph } from "./graphs.ts";

const PRODUCT = { transposeA: false, transposeB: false };

/** Numbers that are sums of few powers of two: products of them are exact in float32. */
const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => (((i + seed) * 2654435761) % 17) / 4 - 2);

function multiply(a: number[], b: number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[i * n + (at % n)]!;
    return sum;
  });
}

const size = fc.integer({ min: 1, max: 40 });

test("a bias of columns and one of rows, and the result itself beside them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), size, size, size, fc.nat(99), (batch, m, k, n, seed) => {
      const g = new GraphBuilder();
      const [a, b] = [g.parameter([batch, m, k]), g.parameter([k, n])];
      const [columns, rows] = [g.parameter([n]), g.parameter([batch, m, 1])];
      const shape = [batch, m, n];
      const product = g.kernel("BatchMatMul", { a, b }, shape, PRODUCT);
      const biased = g.kernel("Add", { a: product, b: columns }, shape);
      const scaled = g.kernel("Multiply", { a: g.kernel("Relu", { x: biased }, shape), b: rows }, shape);
      const inputs = [batch * m * k, k * n, n, batch * m].map((count, i) => numbers(count, seed + i));
      const expected = multiply(inputs[0]!, inputs[1]!, batch * m, k, n);
      const finished = expected.map(
        (x, i) => Math.max(0, x + inputs[2]![i % n]!) * inputs[3]![Math.floor(i / n)]!,
      );
      // Zeros of both signs are equal.
      const found = runGraph(g.graph([scaled, product]), inputs).map((values) => values.map((x) => x + 0));
      expect(found).toEqual([finished.map((x) => x + 0), expected.map((x) => x + 0)]);
    }),
    { numRuns: 60 },
  );
});

/** `w - xᵀ(x w)`, in the place of `w`. */
function update(m: number, n: number) {
  const g = new GraphBuilder();
  const [x, w] = [g.parameter([m, m]), g.parameter([m, n])];
  const product = g.kernel("BatchMatMul", { a: x, b: w }, [m, n], PRODUCT);
  const gradient = g.kernel("BatchMatMul", { a: x, b: product }, [m, n], { ...PRODUCT, transposeA: true });
  const next = g.kernel("Sub", { a: w, b: gradient }, [m, n]);
  return { g, graph: g.graph([next], [1]) };
}

test("a parameter is updated in its place, though a product before has read it", () => {
  const [m, n] = [19, 23];
  const { graph } = update(m, n);
  const [x, w] = [numbers(m * m, 1), numbers(m * n, 2)];
  const transposed = Array.from({ length: m * m }, (_, i) => x[(i % m) * m + Math.floor(i / m)]!);
  const gradient = multiply(transposed, multiply(x, w, m, m, n), m, m, n);
  expect(runGraph(graph, [x, w])).toEqual([w.map((value, i) => value - gradient[i]!)]);
  const text = compileWasm(graph, new Heap(false)).describe();
  expect(text).toMatch(/matmul 19x19x23, then map\[437\] sub/);
});

test("what the product itself reads is not overwritten by its pieces", () => {
  const g = new GraphBuilder();
  const [x, w] = [g.parameter([80, 80]), g.parameter([80, 80])];
  const shape = [80, 80];
  const product = g.kernel("BatchMatMul", { a: x, b: w }, shape, PRODUCT);
  const next = g.kernel("Add", { a: w, b: product }, shape);
  const inputs = [numbers(6400, 1), numbers(6400, 2)];
  const expected = multiply(inputs[0]!, inputs[1]!, 80, 80, 80).map((value, i) => value + inputs[1]![i]!);
  expect(runGraph(g.graph([next], [1]), inputs)).toEqual([expected]);
});

test("a loop that reads the result in another order runs after it", () => {
  const g = new GraphBuilder();
  const [a, b] = [g.parameter([12, 12]), g.parameter([12, 12])];
  const product = g.kernel("BatchMatMul", { a, b }, [12, 12], PRODUCT);
  const turned = g.kernel("Transpose", { x: product }, [12, 12], { perm: [1, 0] });
  const sum = g.kernel("Add", { a: product, b: turned }, [12, 12]);
  const inputs = [numbers(144, 1), numbers(144, 2)];
  const expected = multiply(inputs[0]!, inputs[1]!, 12, 12, 12);
  expect(runGraph(g.graph([sum]), inputs)).toEqual([
    expected.map((x, i) => x + expected[(i % 12) * 12 + Math.floor(i / 12)]!),
  ]);
  expect(compileWasm(g.graph([sum]), new Heap(false)).describe()).not.toContain("then map");
});

test("heads that go before positions are stored by the product", () => {
  const sizes = fc.record({
    batch: fc.integer({ min: 1, max: 3 }),
    length: size,
    k: size,
    heads: fc.integer({ min: 1, max: 5 }),
    depth: fc.integer({ min: 1, max: 24 }),
    seed: fc.nat(99),
  });
  fc.assert(
    fc.property(sizes, ({ batch, length, k, heads, depth, seed }) => {
      const g = new GraphBuilder();
      const n = heads * depth;
      const [a, b, bias] = [g.parameter([batch * length, k]), g.parameter([k, n]), g.parameter([n])];
      const product = g.kernel("BatchMatMul", { a, b }, [batch * length, n], PRODUCT);
      const biased = g.kernel("Add", { a: product, b: bias }, [batch * length, n]);
      const split = g.kernel("Reshape", { x: biased }, [batch, length, heads, depth]);
      const perm = [0, 2, 1, 3];
      const turned = g.kernel("Transpose", { x: split }, [batch, heads, length, depth], { perm });
      const inputs = [batch * length * k, k * n, n].map((count, i) => numbers(count, seed + i));
      const sums = multiply(inputs[0]!, inputs[1]!, batch * length, k, n);
      const expected = Array.from(sums, (_, at) => {
        const [d, l] = [at % depth, Math.floor(at / depth) % length];
        const [h, i] = [Math.floor(at / depth / length) % heads, Math.floor(at / depth / length / heads)];
        return sums[(i * length + l) * n + h * depth + d]! + inputs[2]![h * depth + d]! + 0;
      });
      expect(runGraph(g.graph([turned]), inputs).map((values) => values.map((x) => x + 0))).toEqual([
        expected,
      ]);
    }),
    { numRuns: 60 },
  );
  const g = new GraphBuilder();
  const [a, b] = [g.parameter([10, 7]), g.parameter([7, 24])];
  const product = g.kernel("BatchMatMul", { a, b }, [10, 24], PRODUCT);
  const split = g.kernel("Reshape", { x: product }, [2, 5, 3, 8]);
  const turned = g.kernel("Transpose", { x: split }, [2, 3, 5, 8], { perm: [0, 2, 1, 3] });
  expect(compileWasm(g.graph([turned]), new Heap(false)).describe()).toContain(
    "matmul 10x7x24, then map[240]",
  );
});

test("a parameter is not overwritten by a product that stores it in another order than it reads it", () => {
  const n = 24;
  const g = new GraphBuilder();
  const [x, w] = [g.parameter([n, n]), g.parameter([n, n])];
  const product = g.kernel("BatchMatMul", { a: x, b: x }, [n, n], PRODUCT);
  const sum = g.kernel("Add", { a: product, b: w }, [n, n]);
  const split = g.kernel("Reshape", { x: sum }, [n, 3, 8]);
  const turned = g.kernel("Transpose", { x: split }, [3, n, 8], { perm: [1, 0, 2] });
  const next = g.kernel("Reshape", { x: turned }, [n, n]);
  const inputs = [numbers(n * n, 1), numbers(n * n, 2)];
  const sums = multiply(inputs[0]!, inputs[0]!, n, n, n).map((value, i) => value + inputs[1]![i]!);
  const expected = sums.map((_, at) => {
    const [d, l, h] = [at % 8, Math.floor(at / 8) % n, Math.floor(at / 8 / n)];
    return sums[l * n + h * 8 + d]!;
  });
  expect(runGraph(g.graph([next], [1]), inputs)).toEqual([expected]);
});

test("convolutions take their bias and activation along", () => {
  const g = new GraphBuilder();
  const [x, filter, bias] = [g.parameter([3, 5, 5, 2]), g.parameter([1, 1, 2, 6]), g.parameter([6])];
  const shape = [3, 5, 5, 6];
  const attrs = { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations: [1, 1] };
  const y = g.kernel("Conv2D", { x, filter }, shape, attrs);
  const relu = g.kernel("Relu", { x: g.kernel("Add", { a: y, b: bias }, shape) }, shape);
  const inputs = [150, 12, 6].map((count, i) => numbers(count, i));
  const expected = multiply(inputs[0]!, inputs[1]!, 75, 2, 6).map((v, i) =>
    Math.max(0, v + inputs[2]![i % 6]!),
  );
  expect(runGraph(g.graph([relu]), inputs)).toEqual([expected]);
  expect(compileWasm(g.graph([relu]), new Heap(false)).describe()).toContain(
    "convolution, then map[450] add max",
  );
});
