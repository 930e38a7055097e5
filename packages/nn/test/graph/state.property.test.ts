import {
  All,
  asPure,
  BatchStat,
  clone,
  filterState,
  fromPureDict,
  isVariable,
  map,
  merge,
  mergeState,
  Not,
  Param,
  pop,
  replaceByPureDict,
  split,
  splitState,
  State,
  state,
  toFlatState,
  toPureDict,
  update,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { randomModel, valueOf } from "./models.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const RUNS = { numRuns: 40 };
const filter = fc.constantFrom(Param, BatchStat, tf.Tensor, Not(Param), All(Param, Not(BatchStat)), [
  Param,
  BatchStat,
]);
const pathsOf = (source: State) => [...source].map(([path]) => JSON.stringify(path));
const valuesOf = (source: State) => Promise.all([...source].map(([, leaf]) => valueOf(leaf)));

/** Whether `pop` may take the selected leaves: none has a sibling with a higher index that stays. */
function canPop(model: object, popped: State): boolean {
  const copy = clone(model, { variables: false });
  try {
    pop(copy, (path) => popped.has(...path));
    return true;
  } catch {
    return false;
  }
}

test("a filtered State filters to itself, and parts merge to the whole", () => {
  fc.assert(
    fc.property(randomModel, filter, (model, chosen) => {
      const part = filterState(state(model), chosen);
      expect(part.entries).toEqual(state(model, chosen).entries);
      expect(filterState(part, chosen).entries).toEqual(part.entries);
      const [first, rest] = splitState(state(model), chosen, true);
      expect(mergeState(rest, first).entries).toEqual(state(model).entries);
      expect(pathsOf(first).filter((path) => pathsOf(rest).includes(path))).toEqual([]);
    }),
    RUNS,
  );
});

test("pop gives what state gives and leaves the rest; update brings the values back", async () => {
  await fc.assert(
    fc.asyncProperty(randomModel, filter, async (model, chosen) => {
      const [selected, whole] = [state(model, chosen), state(model)];
      const values = await valuesOf(selected);
      fc.pre(canPop(model, selected));
      const popped = pop(model, chosen);
      expect(popped.entries).toEqual(selected.entries);
      const kept = new Set(whole.entries.map(([, leaf]) => leaf));
      for (const [, leaf] of popped) kept.delete(leaf);
      expect(new Set([...state(model)].map(([, leaf]) => leaf))).toEqual(kept);
      update(model, popped);
      const back = new Map([...state(model)].map(([path, leaf]) => [JSON.stringify(path), leaf]));
      for (const [i, path] of pathsOf(popped).entries()) {
        expect(await valueOf(back.get(path)!), path).toEqual(values[i]);
      }
    }),
    RUNS,
  );
});

test("a State goes through a dictionary with text for keys and comes back", async () => {
  await fc.assert(
    fc.asyncProperty(randomModel, async (model) => {
      const [definition, whole] = split(model);
      const saved: Record<string, tf.Tensor> = {};
      for (const [path, leaf] of toFlatState(asPure(whole))) saved[path.join("/")] = leaf;
      const texts = Object.keys(
        JSON.parse(JSON.stringify(Object.fromEntries(Object.keys(saved).map((k) => [k, 0])))) as object,
      );
      const dict: Record<string, unknown> = {};
      for (const text of texts) {
        const names = text.split("/");
        let node = dict;
        for (const name of names.slice(0, -1)) node = (node[name] ??= {}) as Record<string, unknown>;
        node[names.at(-1)!] = saved[text];
      }
      const loaded = fromPureDict(dict as ReturnType<typeof toPureDict>);
      expect(pathsOf(loaded)).toEqual(pathsOf(whole));
      const copy = merge(definition, loaded);
      expect(await valuesOf(state(copy))).toEqual(await valuesOf(whole));
      const other = clone(model);
      for (const [, leaf] of state(other)) if (isVariable(leaf)) leaf.value = tf.neg(tf.onesLike(leaf.value));
      update(other, replaceByPureDict(state(other), toPureDict(whole)));
      expect(await valuesOf(state(other))).toEqual(await valuesOf(whole));
    }),
    RUNS,
  );
});

test("mapping every leaf to itself is a view, to a copy a clone", async () => {
  await fc.assert(
    fc.asyncProperty(randomModel, async (model) => {
      const view = map((_path, leaf) => leaf, model);
      expect(view).not.toBe(model);
      for (const [i, [, leaf]] of [...state(view)].entries()) expect(leaf).toBe(state(model).entries[i]![1]);
      const copy = map((_path, leaf) => tf.clone(isVariable(leaf) ? leaf.value : leaf), model);
      expect(pathsOf(state(copy))).toEqual(pathsOf(state(model)));
      expect(await valuesOf(state(copy))).toEqual(await valuesOf(state(model)));
      for (const [i, [, leaf]] of [...state(copy)].entries())
        expect(leaf).not.toBe(state(model).entries[i]![1]);
    }),
    RUNS,
  );
});

test("merge with copy shares nothing with the States", () => {
  fc.assert(
    fc.property(randomModel, (model) => {
      const [definition, whole] = split(model);
      const copy = merge(definition, whole, { copy: true });
      const leaves = new Set([...whole].map(([, leaf]) => leaf));
      expect([...state(copy)].filter(([, leaf]) => leaves.has(leaf))).toEqual([]);
      expect(pathsOf(state(copy))).toEqual(pathsOf(whole));
    }),
    RUNS,
  );
});
