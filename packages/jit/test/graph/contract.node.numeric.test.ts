/** @file Sums of products are what they are, in whatever order the compiler takes them. */
import { jit } from "@nnx-js/jit";
import { grad, Linear, Module, relu, Rngs, type State, type Variable, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** How many products: `PROGRAMS=5000` tries more. */
const { PROGRAMS: RUNS = 60 } = globalThis.process?.env ?? {};

/** Enough elements together that factors are summed apart, and no size twice. */
const SIZES = { a: 5, b: 16, c: 18 };
type Axis = keyof typeof SIZES;
const AXES = Object.keys(SIZES) as Axis[];

/** A product: of a factor over some axes, or of two products; or one of them changed. */
type Node =
  | { kind: "factor"; axes: Axis[]; seed: number }
  | { kind: "mul" | "div"; a: Node; b: Node }
  | { kind: "square" | "neg" | "abs" | "pow" | "flat" | "turned"; x: Node };

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: "large", withCrossShrink: true },
    fc.record({ kind: fc.constant("factor" as const), axes: fc.subarray(AXES), seed: fc.nat(1000) }),
    fc.record({
      kind: fc.constantFrom("mul" as const, "mul" as const, "div" as const),
      a: tie("node"),
      b: tie("node"),
    }),
    fc.record({
      kind: fc.constantFrom("square" as const, "neg" as const, "abs" as const, "pow" as const, "flat" as const, "turned" as const), // prettier-ignore
      x: tie("node"),
    }),
  ),
}));

const elements = (axes: readonly Axis[], seed: number) =>
  Float32Array.from({ length: tf.util.sizeFromShape(axes.map((axis) => SIZES[axis])) }, (_, i) => {
    // Away from zero: quotients and squares stay in range.
    const part = Math.sin(1 + i * 12.9898 + seed * 78.233) * 43758.5453;
    const fraction = part - Math.floor(part);
    return (fraction < 0.5 ? -1 : 1) * (0.5 + fraction);
  });

const WHOLE = AXES.map((axis) => SIZES[axis]);

/** The tensor of a product, whose axes are all there, of size 1 where it does not depend on them. */
function tensorOf(of: Node): tf.Tensor {
  switch (of.kind) {
    case "factor":
      return tf.tensor(elements(of.axes, of.seed), AXES.map((axis) => (of.axes.includes(axis) ? SIZES[axis] : 1))); // prettier-ignore
    case "mul":
      return tf.mul(tensorOf(of.a), tensorOf(of.b));
    case "div":
      return tf.div(tensorOf(of.a), tensorOf(of.b));
    default: {
      const x = tensorOf(of.x);
      if (of.kind === "flat") return tf.reshape(tf.reshape(x, [x.shape[0], -1]), x.shape);
      if (of.kind === "turned") return tf.transpose(tf.transpose(x, [2, 0, 1]), [1, 2, 0]);
      return of.kind === "pow" ? tf.pow(x, tf.scalar(2, "int32")) : tf[of.kind](x);
    }
  }
}

/** The same in doubles, of each element of the whole. */
function numbersOf(of: Node): Float64Array {
  switch (of.kind) {
    case "factor": {
      const own = elements(of.axes, of.seed);
      return Float64Array.from({ length: tf.util.sizeFromShape(WHOLE) }, (_, i) => {
        const place = { a: Math.floor(i / (16 * 18)), b: Math.floor(i / 18) % 16, c: i % 18 };
        return own[of.axes.reduce((at, axis) => at * SIZES[axis] + place[axis], 0)]!;
      });
    }
    case "mul":
    case "div": {
      const [a, b] = [numbersOf(of.a), numbersOf(of.b)];
      return a.map((x, i) => (of.kind === "mul" ? x * b[i]! : x / b[i]!));
    }
    default: {
      const x = numbersOf(of.x);
      if (of.kind === "neg") return x.map((each) => -each);
      if (of.kind === "abs") return x.map(Math.abs);
      return of.kind === "square" || of.kind === "pow" ? x.map((each) => each * each) : x;
    }
  }
}

/** What is summed for each of the elements that are left, and the sum of what that is without signs. */
function sums(of: Node, axes: readonly number[]): { sum: Map<number, number>; size: Map<number, number> } {
  const [sum, size] = [new Map<number, number>(), new Map<number, number>()];
  for (const [i, x] of numbersOf(of).entries()) {
    const place = [Math.floor(i / (16 * 18)), Math.floor(i / 18) % 16, i % 18];
    const at = place.reduce((all, n, axis) => (axes.includes(axis) ? all : all * WHOLE[axis]! + n), 0);
    sum.set(at, (sum.get(at) ?? 0) + x);
    size.set(at, (size.get(at) ?? 0) + Math.abs(x));
  }
  return { sum, size };
}

test("sums of random products", async () => {
  await fc.assert(
    fc.asyncProperty(
      node,
      fc.subarray([0, 1, 2], { minLength: 1 }),
      fc.boolean(),
      async (of, axes, isMean) => {
        const step = jit(() => {
          const whole = tf.mul(tensorOf(of), tf.ones([1, 1, 1]));
          return (isMean ? tf.mean : tf.sum)(tf.broadcastTo(whole, WHOLE), axes, axes.length === 2);
        });
        const found = step();
        const { sum, size } = sums(of, axes);
        const count = isMean ? tf.util.sizeFromShape(axes.map((axis) => WHOLE[axis]!)) : 1;
        const data = await found.data();
        const off = [...data].findIndex(
          (x, i) => !(Math.abs(x * count - sum.get(i)!) <= 1e-5 * size.get(i)!),
        );
        expect(off).toBe(-1);
        expect(data.length).toBe(sum.size);
        found.dispose();
        step.dispose();
      },
    ),
    { numRuns: Number(RUNS) },
  );
});

test("products of matrices of random products", async () => {
  await fc.assert(
    fc.asyncProperty(node, node, fc.boolean(), fc.boolean(), async (first, second, isInner, isEinsum) => {
      const step = jit(() => {
        const [a, b] = [first, second].map((of) => tf.reshape(tf.broadcastTo(tensorOf(of), WHOLE), [5, 288]));
        if (isEinsum) return tf.einsum(isInner ? "ij,kj->ik" : "ji,jk->ik", a!, b!);
        return tf.matMul(a!, b!, !isInner, isInner);
      });
      const found = step();
      const [a, b] = [numbersOf(first), numbersOf(second)];
      const [rows, inner] = isInner ? [5, 288] : [288, 5];
      const at = (row: number, k: number) => (isInner ? row * 288 + k : k * 288 + row);
      const data = await found.data();
      const off = [...data].findIndex((x, i) => {
        const [row, column] = [Math.floor(i / rows), i % rows];
        const terms = Array.from({ length: inner }, (_, k) => a[at(row, k)]! * b[at(column, k)]!);
        const sum = terms.reduce((all, term) => all + term, 0);
        return !(Math.abs(x - sum) <= 1e-5 * terms.reduce((all, term) => all + Math.abs(term), 0));
      });
      expect(off).toBe(-1);
      expect(data.length).toBe(rows * rows);
      found.dispose();
      step.dispose();
    }),
    { numRuns: Math.ceil(Number(RUNS) / 4) },
  );
});

/** Two layers, which are used at each position. */
class Net extends Module {
  readonly first: Linear;
  readonly second: Linear;
  constructor({ useBias, rngs }: { useBias: boolean; rngs: Rngs }) {
    super();
    this.first = new Linear(40, 24, { useBias, rngs });
    this.second = new Linear(24, 10, { useBias, rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.second.forward(relu(this.first.forward(x)));
  }
}

const loss = (net: Net, x: tf.Tensor, y: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(net.forward(x), y));
const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] });
const EXAMPLES = 12;

const perLane = (value: tf.Tensor, x: tf.Tensor) =>
  tf.reshape(x, [EXAMPLES, ...value.shape.slice(1).map(() => 1)]);

/** The norm of the gradient of each example, and their sum, each clipped to 1. */
function clipped(grads: State<Variable>): tf.Tensor[] {
  const values = grads.entries.map(([, { value }]) => value);
  const norms = tf.sqrt(
    tf.addN(values.map((value) => tf.sum(tf.square(tf.reshape(value, [EXAMPLES, -1])), 1))),
  );
  const divisors = tf.maximum(norms, 1);
  return [norms, ...values.map((value) => tf.sum(tf.div(value, perLane(value, divisors)), 0))];
}

describe.each([
  { positions: 1, name: "one row" },
  { positions: 6, name: "six rows" },
])("gradients per example of $name", ({ positions }) => {
  // What the net is given, and what its gradients come from; together they are clipped, or not.
  test.each([
    [1, 1],
    [1e3, 1e-2],
    [1e-3, 1e-6],
    [1e24, 1e-22],
    [1e-22, 1e24],
    [1e-12, 1e-18],
    [1e12, 1e4],
  ])("clipped and summed, of inputs of %d and gradients of %d", async (input, gradient) => {
    // The square of the gradient of a bias may be too large, whatever the inputs.
    using net = new Net({ useBias: gradient < 1e15, rngs: new Rngs(0) });
    const rngs = new Rngs(1);
    const x = tf.mul(rngs.normal([EXAMPLES, positions, 40]), input);
    const y = tf.mul(rngs.normal([EXAMPLES, positions, 10]), gradient);
    using step = jit((model: Net, images: tf.Tensor, wanted: tf.Tensor) =>
      clipped(perExample(model, images, wanted)),
    );
    // The gradients themselves are taken as they are; what is made of them is computed in doubles.
    using raw = jit(perExample);
    const [norms, ...found] = await Promise.all(step(net, x, y).map((result) => result.data()));
    const grads = await Promise.all(raw(net, x, y).entries.map(([, { value }]) => value.data()));
    for (let i = 0; i < EXAMPLES; i++) {
      const own = grads.flatMap((all) => {
        const size = all.length / EXAMPLES;
        return Array.from(all.subarray(i * size, (i + 1) * size));
      });
      const norm = Math.sqrt(own.reduce((sum, g) => sum + g * g, 0));
      // In float32 the squares of such gradients are 0, or numbers with few digits; so they are one by one.
      expect(Math.abs(norms![i]! - norm)).toBeLessThanOrEqual(norm > 1e-15 ? 1e-5 * norm : 1e-15);
    }
    for (const [n, all] of grads.entries()) {
      const size = all.length / EXAMPLES;
      for (let j = 0; j < size; j++) {
        const terms = Array.from(norms!, (norm, i) => all[i * size + j]! / Math.max(norm, 1));
        const sum = terms.reduce((whole, term) => whole + term, 0);
        const scale = terms.reduce((whole, term) => whole + Math.abs(term), 0);
        expect(Math.abs(found[n]![j]! - sum)).toBeLessThanOrEqual(2e-6 * scale + 1e-37);
      }
    }
    rngs.dispose();
    tf.dispose([x, y]);
  });
});
