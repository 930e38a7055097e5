import {
  BatchStat,
  graphdef,
  isPytree,
  isVariable,
  iterGraph,
  kindOf,
  List,
  Module,
  Not,
  Param,
  select,
  state,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { randomModel } from "../graph/models.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const RUNS = { numRuns: 40 };
const filter = fc.constantFrom(Param, BatchStat, tf.Tensor, List, Module, Not(Param));
const isPart = (value: unknown) => !["static", "container"].includes(kindOf(value));

test("a selection holds each part that the filter selects once, and filtering again changes nothing", () => {
  fc.assert(
    fc.property(randomModel, filter, (model, chosen) => {
      const selection = select(model).where(chosen);
      const parts = new Set([...iterGraph(model)].map(([, value]) => value).filter(isPart));
      const wanted = select(model).where(true).get();
      expect(new Set(wanted)).toEqual(parts);
      expect(new Set(selection.get()).size).toBe(selection.count);
      expect(selection.where(chosen).paths()).toEqual(selection.paths());
      expect(selection.count + select(model).where(Not(chosen)).count).toBeGreaterThanOrEqual(wanted.length);
    }),
    RUNS,
  );
});

test("mapping parts to themselves is a view: equal structure, the same leaves, new nodes", () => {
  fc.assert(
    fc.property(randomModel, filter, (model, chosen) => {
      const selection = select(model).where(chosen);
      fc.pre(selection.count > 0);
      const copy = selection.map((part) => part);
      expect(graphdef(copy).equals(graphdef(model))).toBe(true);
      for (const [i, [, leaf]] of [...state(copy)].entries()) expect(leaf).toBe(state(model).entries[i]![1]);
      const nodes = new Set([...iterGraph(model)].map(([, value]) => value).filter(isPytree));
      expect([...iterGraph(copy)].filter(([, value]) => nodes.has(value as Module))).toEqual([]);
    }),
    RUNS,
  );
});

test("after remove nothing of the sort is left, and the original is as it was", () => {
  fc.assert(
    fc.property(randomModel, filter, (model, chosen) => {
      const selection = select(model).where(chosen);
      fc.pre(selection.count > 0 && selection.paths()[0]!.length > 0);
      const before = graphdef(model);
      const rest = selection.remove();
      expect(select(rest).where(chosen).count).toBe(0);
      expect(graphdef(model).equals(before)).toBe(true);
    }),
    RUNS,
  );
});

test("freezing and unfreezing leaves a model as it was", () => {
  fc.assert(
    fc.property(randomModel, (model) => {
      const variables = [...state(model)].map(([, leaf]) => leaf).filter(isVariable);
      fc.pre(variables.length > 0);
      const before = graphdef(model);
      select(model).where(true).freeze();
      expect(variables.every((variable) => variable.isFrozen)).toBe(true);
      expect(graphdef(model).equals(before)).toBe(false);
      select(model).where(true).unfreeze();
      expect(graphdef(model).equals(before)).toBe(true);
    }),
    RUNS,
  );
});
