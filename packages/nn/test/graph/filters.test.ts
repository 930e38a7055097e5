import {
  All,
  Any,
  BatchStat,
  Dropout,
  Everything,
  type Filter,
  InvalidArgumentError,
  Linear,
  LoRAParam,
  Not,
  Nothing,
  OfType,
  Param,
  type Path,
  PathContains,
  PathIn,
  Rngs,
  RngStream,
  toPredicate,
  WithTag,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const param = () => new Param(tf.zeros([1]), { tag: "head" });
const stat = () => new BatchStat(tf.zeros([1]));
const lora = () => new LoRAParam(tf.zeros([1]));

function isDeepSeven(path: Path, value: unknown): boolean {
  return path.length === 3 && value === 7;
}

function selects(filter: Filter, value: unknown, path: Path = ["a", 0, "kernel"]): boolean {
  return toPredicate(filter)(path, value);
}

test("a class selects its instances and those of subclasses", () => {
  expect([selects(Param, param()), selects(Param, lora()), selects(Param, stat())]).toEqual([
    true,
    true,
    false,
  ]);
  expect([selects(LoRAParam, lora()), selects(LoRAParam, param())]).toEqual([true, false]);
  expect(selects(Linear, new Linear(1, 1, { rngs: new Rngs(0) }))).toBe(true);
  expect(selects(tf.Tensor, tf.zeros([1]))).toBe(true);
  expect(selects(OfType(Dropout), new Dropout(0.1))).toBe(true);
  expect(selects(Date, param())).toBe(false);
});

test("a string selects by tag, of Variables and of random streams", () => {
  expect([selects("head", param()), selects("tail", param()), selects("head", stat())]).toEqual([
    true,
    false,
    false,
  ]);
  const stream = new RngStream(0, { tag: "dropout" });
  expect([selects("dropout", stream), selects("dropout", stream.key)]).toEqual([true, true]);
  expect(selects(WithTag("head"), null)).toBe(false);
});

test("true selects everything, false and null nothing", () => {
  for (const filter of [true, Everything()]) expect(selects(filter, 3)).toBe(true);
  for (const filter of [false, null, Nothing()]) expect(selects(filter, 3)).toBe(false);
});

test("a function that is no class is a predicate of path and value, arrow or not", () => {
  expect([selects(isDeepSeven, 7), selects(isDeepSeven, 8), selects(isDeepSeven, 7, [])]).toEqual([
    true,
    false,
    false,
  ]);
  expect(selects((path) => path[0] === "a", null)).toBe(true);
});

test("PathContains compares whole keys and tells numbers from strings, or looks for text", () => {
  expect([
    selects(PathContains(0), 1),
    selects(PathContains("0"), 1),
    selects(PathContains("kern"), 1),
  ]).toEqual([true, false, false]);
  expect(selects(PathContains("kern", { exact: false }), 1)).toBe(true);
  expect(selects(PathContains(0, { exact: false }), 1, ["a10"])).toBe(true);
});

test("Any, All, Not and arrays combine", () => {
  expect([selects([Param, BatchStat], stat()), selects(Any(Param, LoRAParam), stat())]).toEqual([
    true,
    false,
  ]);
  expect([selects(All(Param, "head"), param()), selects(All(Param, "head"), lora())]).toEqual([true, false]);
  expect([selects(Not(Param), stat()), selects(Not(Param), param())]).toEqual([true, false]);
  expect([selects([], param()), selects(Any(), param()), selects(All(), param())]).toEqual([
    false,
    false,
    true,
  ]);
  expect(selects(All([Param, BatchStat], Not([LoRAParam, "head"])), stat())).toBe(true);
});

test.each([[undefined], [3], [{}], [Symbol("s")]])("%s is no filter", (filter) => {
  expect(() => toPredicate(filter as unknown as Filter)).toThrow(InvalidArgumentError);
  expect(() => toPredicate(filter as unknown as Filter)).toThrow(
    /^Invalid filter: .*a class \(Param\), a tag/,
  );
  expect(() => toPredicate([Param, filter as unknown as Filter])).toThrow(InvalidArgumentError);
});

test("PathIn selects what stands at one of its paths", () => {
  const filter = PathIn(["a", 0], ["b"]);
  expect([selects(filter, 1, ["a", 0]), selects(filter, 1, ["b"]), selects(filter, 1, ["a", "0"])]).toEqual([
    true,
    true,
    false,
  ]);
});

test("predicates are named as they are written", () => {
  expect(All(Linear, PathContains("head"), Not([Param, "tag"])).name).toBe(
    'All(Linear, PathContains("head"), Not([Param, "tag"]))',
  );
  expect([PathContains(0, { exact: false }).name, Everything().name]).toEqual([
    "PathContains(0, { exact: false })",
    "Everything()",
  ]);
});
