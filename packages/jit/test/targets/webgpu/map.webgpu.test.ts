import { describe, expect, test } from "vitest";
import { type Buffer, constant, type Expr, index, load } from "../../../src/expr/expr.ts";
import { apply } from "../../../src/expr/operations.ts";
import { contiguous, type Layout } from "../../../src/expr/segments.ts";
import type { MapStep, Store } from "../../../src/steps/step.ts";
import { codeOf } from "../../../src/targets/webgpu/launch/task-code.ts";
import { mapTask } from "../../../src/targets/webgpu/emit/map.ts";
import { type Elements, newBuffer, runTasks } from "./run-tasks.ts";

const step = (size: number, ...stores: Store[]): MapStep => ({ kind: "map", size, stores });
const whole = (buffer: Buffer, expr: Expr): Store => ({ buffer, layout: contiguous(buffer.size), expr });
const count = (size: number) => Float32Array.from({ length: size }, (_, i) => i);

/** What `expr` is over `size` elements, with buffers that hold `contents`. */
async function evaluated<E extends Elements>(
  expr: Expr,
  result: E,
  contents: [Buffer, Elements][] = [],
): Promise<E> {
  const target = newBuffer(result.length);
  const task = mapTask(step(result.length, whole(target, expr)));
  await runTasks([task], new Map<Buffer, Elements>([...contents, [target, result]]));
  return result;
}

/** A load of `buffer` by runs `[size, stride]`. */
function by(buffer: Buffer, offset: number, ...runs: [size: number, stride: number][]): Expr {
  return {
    kind: "load",
    lane: "f32",
    buffer,
    offset,
    segments: runs.map(([size, stride]) => ({ size, stride })),
  };
}

describe("layouts:", () => {
  const source = newBuffer(24);
  const read = (expr: Expr, size: number) => evaluated(expr, new Float32Array(size), [[source, count(24)]]);

  test("transposed", async () => {
    const expected = [0, 1, 2, 3, 4, 5].flatMap((column) => [0, 6, 12, 18].map((row) => row + column));
    expect([...(await read(by(source, 0, [6, 1], [4, 6]), 24))]).toEqual(expected);
  });

  test("repeated in rows and columns", async () => {
    expect([...(await read(by(source, 2, [2, 0], [3, 1]), 6))]).toEqual([2, 3, 4, 2, 3, 4]);
    expect([...(await read(by(source, 2, [2, 1], [3, 0]), 6))]).toEqual([2, 2, 2, 3, 3, 3]);
  });

  test("backwards, with a step", async () => {
    expect([...(await read(by(source, 23, [4, -6]), 4))]).toEqual([23, 17, 11, 5]);
    expect([...(await read(by(source, 5, [2, 12], [3, -2]), 6))]).toEqual([5, 3, 1, 17, 15, 13]);
  });

  test("stored apart", async () => {
    const target = newBuffer(12);
    const result = new Float32Array(12).fill(-1);
    const layout: Layout = { offset: 1, segments: [{ size: 2, stride: 6 }, { size: 3, stride: 2 }] }; // prettier-ignore
    const task = mapTask(step(6, { buffer: target, layout, expr: by(source, 0, [6, 1]) }));
    await runTasks([task], new Map([[source, count(24)], [target, result]])); // prettier-ignore
    expect([...result]).toEqual([-1, 0, -1, 1, -1, 2, -1, 3, -1, 4, -1, 5]);
  });

  test("places as integers", async () => {
    const places: Expr = { kind: "index", lane: "i32", offset: -3, segments: [{ size: 2, stride: 0 }, { size: 3, stride: -5 }] }; // prettier-ignore
    expect([...(await evaluated(places, new Int32Array(6)))]).toEqual([-3, -8, -13, -3, -8, -13]);
  });

  test("gathered rows; indices outside read the nearest", async () => {
    const indices = newBuffer(3);
    const at: Expr = { kind: "load", lane: "i32", buffer: indices, offset: 0, segments: [{ size: 3, stride: 1 }, { size: 6, stride: 0 }] }; // prettier-ignore
    const rows: Expr = { kind: "gather", lane: "f32", buffer: source, index: at, stride: 6, limit: 4, offset: 0, segments: [{ size: 3, stride: 0 }, { size: 6, stride: 1 }] }; // prettier-ignore
    const row = (i: number) => [0, 1, 2, 3, 4, 5].map((column) => 6 * i + column);
    const result = await evaluated(rows, new Float32Array(18), [
      [source, count(24)],
      [indices, Int32Array.of(2, -7, 9)],
    ]);
    expect([...result]).toEqual([...row(2), ...row(0), ...row(3)]);
  });
});

describe("stores:", () => {
  test("several, in one pass, of truth values and integers", async () => {
    const [source, positive, rounded] = [newBuffer(5), newBuffer(5), newBuffer(5)];
    const x = load(source, "f32");
    const task = mapTask(
      step(
        5,
        whole(positive, apply("f32.lt", constant(0, "f32"), x)),
        whole(rounded, apply("i32.fromF32", apply("f32.mul", x, constant(2, "f32")))),
      ),
    );
    const [truth, integers] = [new Uint32Array(5), new Int32Array(5)];
    const given = Float32Array.of(-1.5, -0, 0, 2.75, NaN);
    await runTasks([task], new Map<Buffer, Elements>([[source, given], [positive, truth], [rounded, integers]])); // prettier-ignore
    expect([...truth]).toEqual([0, 0, 0, 1, 0]);
    expect([...integers]).toEqual([-3, 0, 0, 5, 0]);
  });

  test("in place, and what comes later reads what was stored", async () => {
    const [state, copy] = [newBuffer(1000), newBuffer(1000)];
    const x = load(state, "f32");
    const grown = apply("f32.add", x, constant(1, "f32"));
    // The second load is another one: of what the first store has left.
    const after = apply("f32.mul", load(state, "f32"), constant(2, "f32"));
    const [values, result] = [count(1000), new Float32Array(1000)];
    const task = mapTask(step(1000, whole(state, grown), whole(copy, after)));
    await runTasks([task], new Map([[state, values], [copy, result]])); // prettier-ignore
    expect([...values]).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect([...result]).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i + 2));
  });

  test("many elements, several for each invocation", async () => {
    const size = 2 ** 20 + 77;
    const source = newBuffer(size);
    const scale = newBuffer(1);
    const factor: Expr = { kind: "load", lane: "f32", buffer: scale, offset: 0, segments: [{ size, stride: 0 }] }; // prettier-ignore
    const result = await evaluated(apply("f32.mul", load(source, "f32"), factor), new Float32Array(size), [
      [source, count(size)],
      [scale, Float32Array.of(2)],
    ]);
    expect(result.findIndex((value, i) => value !== 2 * i)).toBe(-1);
  });

  test("of one element, and of none", async () => {
    expect([...(await evaluated(constant(3, "f32"), new Float32Array(1)))]).toEqual([3]);
    expect([...(await evaluated(index(1), Int32Array.of(7)))]).toEqual([0]);
    const task = mapTask(step(0, { buffer: newBuffer(1), layout: contiguous(0), expr: constant(1, "f32") }));
    await runTasks([task], new Map());
  });
});

test("constants have their bits", async () => {
  const floats = [0, -0, 1, -1.5, 0.1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -127), 2 ** -126, 3.4028234663852886e38, 1e-7, 16_777_217, 1e21]; // prettier-ignore
  const targets = floats.map(() => newBuffer(1));
  const results = floats.map(() => new Float32Array(1));
  const stores = floats.map((value, i) => whole(targets[i]!, constant(value, "f32")));
  await runTasks([mapTask(step(1, ...stores))], new Map(targets.map((buffer, i) => [buffer, results[i]!])));
  expect(results.map(([x]) => x)).toEqual(floats.map((x) => Math.fround(x)));
  for (const value of [0, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    expect([...(await evaluated(constant(value, "i32"), new Int32Array(2)))]).toEqual([value, value]);
  }
  expect([...(await evaluated(constant(1, "bool"), new Uint32Array(2)))]).toEqual([1, 1]);
});

test("operations on numbers alone, which overflow, are computed at run time", async () => {
  const least = constant(-(2 ** 31), "i32");
  const sum = apply("i32.max", apply("i32.neg", least), constant(-5, "i32"));
  expect([...(await evaluated(sum, new Int32Array(1)))]).toEqual([-5]);
});

test("nothing times infinity is NaN", async () => {
  const source = newBuffer(6);
  const given = Float32Array.of(Infinity, -Infinity, NaN, 1, -1, -0);
  for (const zero of [0, -0]) {
    const product = apply("f32.mul", load(source, "f32"), constant(zero, "f32"));
    const result = await evaluated(product, new Float32Array(6), [[source, given]]);
    expect([...result]).toEqual(Array.from(given, (x) => x * zero));
  }
});

test("parts that are used twice are computed once, and what all elements share, once for all", () => {
  const [source, scalar, target] = [newBuffer(64), newBuffer(1), newBuffer(64)];
  const rate: Expr = {
    kind: "load",
    lane: "f32",
    buffer: scalar,
    offset: 0,
    segments: [{ size: 64, stride: 0 }],
  };
  const root = apply("f32.sqrt", rate);
  const square = apply("f32.mul", load(source, "f32"), load(source, "f32"));
  const { body } = codeOf(
    mapTask(step(64, whole(target, apply("f32.mul", apply("f32.add", square, root), square)))),
    false,
  );
  const [before, inside] = body.split("for (");
  expect(before).toContain("f32_sqrt(");
  expect(inside!.match(/= v_\d+ \* v_\d+;/g)).toHaveLength(2);
});

test("steps that differ in their size only have the same code", () => {
  const code = (size: number) => {
    const [source, target] = [newBuffer(size), newBuffer(size)];
    return codeOf(mapTask(step(size, whole(target, apply("f32.neg", load(source, "f32"))))), false);
  };
  expect(code(1000).body).toBe(code(2 ** 21).body);
});
