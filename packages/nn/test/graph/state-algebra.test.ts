import {
  BatchStat,
  filterState,
  fromFlatState,
  GraphStructureError,
  mergeState,
  Param,
  PathContains,
  splitState,
  State,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const pathsOf = (source: State) => [...source].map(([path]) => path.join("."));

function makeState() {
  return fromFlatState([
    [["a", "w"], new Param(tf.ones([1]))],
    [["a", "m"], new BatchStat(tf.ones([1]))],
    [["b", 0], tf.ones([1])],
  ]);
}

describe("filterState and splitState", () => {
  test("filterState gives what a filter selects, and leaves out the rest", () => {
    const whole = makeState();
    const params = filterState(whole, Param);
    expect(pathsOf(params)).toEqual(["a.w"]);
    expect(params.get("a", "w")).toBe(whole.get("a", "w"));
    expect(filterState(whole, PathContains("z")).size).toBe(0);
    const [stats, a] = filterState(whole, BatchStat, PathContains("a"));
    expect([pathsOf(stats), pathsOf(a)]).toEqual([["a.m"], ["a.w"]]);
  });

  test("splitState must select everything", () => {
    const [params, rest] = splitState(makeState(), Param, true);
    expect([pathsOf(params), pathsOf(rest)]).toEqual([["a.w"], ["a.m", "b.0"]]);
    expect(splitState(makeState(), true).size).toBe(3);
    expect(() => splitState(makeState(), Param, BatchStat)).toThrow(
      "Non-exhaustive filters: nothing selects b.0. Use `true` as the last filter to take all that is left.",
    );
    expect(() => splitState(makeState(), true, Param)).toThrow(
      /it can only be the last filter, got it at index 0/,
    );
  });
});

describe("mergeState", () => {
  test("has the leaves of all; the last has a path that several have", () => {
    const other = fromFlatState([
      [["a", "w"], tf.zeros([1])],
      [["c"], tf.zeros([1])],
    ]);
    const merged = mergeState(makeState(), other);
    expect(pathsOf(merged)).toEqual(["a.m", "a.w", "b.0", "c"]);
    expect(merged.get("a", "w")).toBe(other.get("a", "w"));
    expect(mergeState(merged).entries).toEqual(merged.entries);
  });

  test("refuses a leaf where another State has leaves below", () => {
    const other = fromFlatState([[["a"], tf.zeros([1])]]);
    expect(() => mergeState(makeState(), other)).toThrow(GraphStructureError);
  });
});

describe("a State changes by its own methods", () => {
  test("set puts a leaf at a path, in order", () => {
    const source = makeState();
    const leaf = new Param(tf.ones([1]));
    expect(source.set(["a", "k"], leaf).set(["a", "w"], leaf)).toBe(source);
    expect(pathsOf(source)).toEqual(["a.k", "a.m", "a.w", "b.0"]);
    expect([source.get("a", "k"), source.get("a", "w")]).toEqual([leaf, leaf]);
    expect(() => source.set(["a"], leaf)).toThrow(GraphStructureError);
    expect(source.size).toBe(4);
  });

  test("delete takes out a leaf, or all below a path; has tells whether there is one", () => {
    const source = makeState();
    expect([source.has("a"), source.has("b", 0), source.has("b", "0")]).toEqual([true, true, false]);
    expect([source.delete("b", 0), source.delete("z"), source.delete("a")]).toEqual([true, false, true]);
    expect(source.size).toBe(0);
  });
});
