import { random, truncatedNormalBounds } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { type Buffer, constant, type Expr, index } from "../../../src/expr/expr.ts";
import { apply } from "../../../src/expr/operations.ts";
import { contiguous } from "../../../src/expr/segments.ts";
import { mapTask } from "../../../src/targets/webgpu/emit/map.ts";
import { type Elements, newBuffer, runTasks } from "./run-tasks.ts";

const SIZE = 20_000;
const KEY = [0, 7] as const;
const f32 = (value: number) => constant(value, "f32");
const i32 = (value: number) => constant(value, "i32");

/** What an expression over {@link SIZE} elements is, as words. */
async function drawn(expr: Expr): Promise<Uint32Array<ArrayBuffer>> {
  const target = newBuffer(SIZE);
  const result = new Uint32Array(SIZE);
  const task = mapTask({
    kind: "map",
    size: SIZE,
    stores: [{ buffer: target, layout: contiguous(SIZE), expr }],
  });
  await runTasks([task], new Map<Buffer, Elements>([[target, result]]));
  return result;
}

/** 32 bits for each element, by the key of two words. */
const bitsBy = (first: number, second: number) =>
  apply("threefry.bits", i32(first), i32(second), index(SIZE));
const bits = bitsBy(...KEY);

/** What a function of `@nnx-js/tensor`, which agrees with JAX, draws with the same key. */
async function expected(draw: (key: tf.Tensor, shape: number[]) => tf.Tensor): Promise<Elements> {
  const key = random.key(KEY[1]);
  const tensor = draw(key, [SIZE]);
  const data = (await tensor.data()) as Elements;
  key.dispose();
  tensor.dispose();
  return data;
}

function differenceOf(actual: Float32Array, other: Elements): number {
  return actual.reduce((most, x, i) => {
    const difference = Math.abs(x - other[i]!) / (1 + Math.abs(x));
    return difference <= most ? most : difference;
  }, 0);
}

test("threefry gives the words that its authors list", async () => {
  const zero = i32(0);
  const words = await Promise.all(
    (["threefry.first", "threefry.second"] as const).map((op) => drawn(apply(op, zero, zero, index(SIZE)))),
  );
  expect(words.map((list) => list[0])).toEqual([0x6b200159, 0x99ba4efe]);
});

test("bits", async () => {
  const words = new Int32Array((await drawn(bits)).buffer);
  expect([...words]).toEqual([...(await expected(random.bits))]);
});

describe("uniform numbers are rounded once:", () => {
  test.each([
    [0, 1],
    [-1, 1],
    [0, 0.3],
    [-0.1, 0.2],
    [3, 3.1],
    [-1e-3, 5],
    [1e-6, 7],
    [-77.7, -77.6],
    [1e8, 1.5e8],
  ])("[%d, %d)", async (low, high) => {
    // prettier-ignore
    const actual = new Float32Array((await drawn(apply("random.uniform", bits, f32(low), f32(high)))).buffer);
    const words = await drawn(bits);
    const [from, to] = [Math.fround(low), Math.fround(high)];
    const span = Math.fround(to - from);
    const exact = Float32Array.from(words, (word) => Math.max(from, (word >>> 9) * (span * 2 ** -23) + from));
    expect([...actual]).toEqual([...exact]);
  });
});

describe("as JAX's:", () => {
  const distributions = {
    normal: [apply("random.normal", bits), random.normal],
    gumbel: [apply("random.gumbel", bits), random.gumbel],
    exponential: [apply("random.exponential", bits), random.exponential],
    laplace: [apply("random.laplace", bits), random.laplace],
    logistic: [apply("random.logistic", bits), random.logistic],
  } as const;

  test.each(Object.entries(distributions))("%s", async (_, [expr, draw]) => {
    const actual = new Float32Array((await drawn(expr)).buffer);
    expect(differenceOf(actual, await expected(draw))).toBeLessThan(1e-6);
  });

  test("truncated normal", async () => {
    const { low, high, least, greatest } = truncatedNormalBounds(-1, 2);
    const expr = apply("random.truncatedNormal", bits, f32(low), f32(high), f32(least), f32(greatest));
    const actual = new Float32Array((await drawn(expr)).buffer);
    const other = await expected((key, shape) => random.truncatedNormal(key, -1, 2, shape));
    expect(differenceOf(actual, other)).toBeLessThan(1e-6);
  });

  test("bernoulli", async () => {
    const actual = await drawn(apply("random.bernoulli", bits, f32(0.3)));
    expect([...actual]).toEqual([...(await expected((key, shape) => random.bernoulli(key, 0.3, shape)))]);
  });

  test.each([
    [0, 10],
    [-5, 1_000_000],
    [-(2 ** 31), 2 ** 31 - 1],
    [3, 4],
  ])("integers of [%d, %d)", async (least, limit) => {
    // prettier-ignore
    const key = random.key(KEY[1]);
    const halves = await random.split(key).data();
    const [high, low] = [bitsBy(halves[0]!, halves[1]!), bitsBy(halves[2]!, halves[3]!)];
    const actual = new Int32Array((await drawn(apply("random.randint", high, low, i32(least), i32(limit)))).buffer); // prettier-ignore
    const other = await expected((each, shape) => random.randint(each, shape, least, limit));
    expect([...actual]).toEqual([...other]);
  });
});
