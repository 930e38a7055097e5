import {
  asPure,
  BatchStat,
  type Cache,
  clone,
  evalShape,
  isVariable,
  Linear,
  map,
  mapState,
  Param,
  Rngs,
  Sequential,
  state,
  State,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const makeLinear = () => new Linear(2, 2, { rngs: new Rngs(0) });
const tensorOf = (leaf: Param | Cache | tf.Tensor) => (leaf instanceof tf.Tensor ? leaf : leaf.value);

describe("map", () => {
  test("gives a node of the same class whose Variables hold what the function makes of them", async () => {
    const model = makeLinear();
    const paths: string[] = [];
    const doubled = map((path, leaf) => {
      paths.push(path.join("."));
      return tf.mul(tensorOf(leaf), 2);
    }, model);
    expect(paths).toEqual(["bias", "kernel"]);
    expect(doubled).toBeInstanceOf(Linear);
    expect(doubled.kernel).toBeInstanceOf(Param);
    expect(doubled.kernel).not.toBe(model.kernel);
    await expect(doubled.kernel.value).toBeAllClose(tf.mul(model.kernel.value, 2));
  });

  test("keeps sharing, the class and metadata of Variables, and Variables that are handed back", () => {
    const weight = new BatchStat(tf.ones([1]), { tag: "w" });
    const other = new Param(tf.ones([1]));
    const mapped = map((_path, leaf) => (leaf === weight ? tf.zeros([1]) : leaf), {
      a: weight,
      b: [weight],
      other,
    });
    expect(mapped.a).toBe(mapped.b[0]);
    expect([mapped.a.constructor, mapped.a.tag]).toEqual([BatchStat, "w"]);
    expect(mapped.other).toBe(other);
    expect(map((_path, leaf) => new Param(tf.clone(tensorOf(leaf))), { weight }).weight).toBeInstanceOf(
      Param,
    );
  });

  test("takes ownership of what the function makes, but not of the model's own tensors", async () => {
    const model = makeLinear();
    await expectNoLeak(() => map((_path, leaf) => tf.mul(tensorOf(leaf), 2), model).dispose());
    await expectNoLeak(() => map((_path, leaf) => tensorOf(leaf), model).dispose());
    expect(model.kernel.value.isDisposed).toBe(false);
    const survivors: Linear[] = [];
    tf.tidy(() => void survivors.push(map((_path, leaf) => tf.neg(tensorOf(leaf)), model)));
    expect(survivors[0]!.kernel.value.isDisposed).toBe(false);
  });

  test("frees what it made when the function throws", async () => {
    const model = makeLinear();
    await expectNoLeak(() => {
      const failing = () =>
        map((path, leaf) => {
          if (path[0] === "kernel") throw new Error("no");
          return tf.mul(tensorOf(leaf), 2);
        }, model);
      expect(failing).toThrow("no");
    });
  });

  test("works on shapes alone", () => {
    const model = evalShape(() =>
      map((_path, leaf) => tf.concat([tensorOf(leaf), tensorOf(leaf)]), makeLinear()),
    );
    expect([model.kernel.isAbstract, model.kernel.shape]).toEqual([true, [4, 2]]);
  });
});

describe("mapState", () => {
  test("gives a State with what the function makes at each path, which the caller owns", async () => {
    const model = makeLinear();
    const shapes = mapState((path, leaf) => tf.add(tensorOf(leaf), path.length), state(model));
    expect([...shapes].map(([path, leaf]) => [path.join("."), leaf.shape])).toEqual([
      ["bias", [2]],
      ["kernel", [2, 2]],
    ]);
    const before = tf.memory().numTensors;
    shapes.dispose();
    expect(tf.memory().numTensors).toBe(before - 2);
    await expectNoLeak(() => mapState((_path, leaf) => tf.neg(tensorOf(leaf)), state(model)).dispose());
    await expectNoLeak(() =>
      tf.tidy(() => void mapState((_path, leaf) => tf.neg(tensorOf(leaf)), state(model))),
    );
  });
});

describe("asPure", () => {
  test("has the tensor of each Variable in its place, borrowed", async () => {
    const weight = new Param(tf.tensor1d([1, 2]));
    const pure = asPure({ a: weight, list: [weight, 3], m: new Map([["b", weight]]) });
    expect(pure.a).toBe(weight.value);
    expect(pure.list).toEqual([weight.value, 3]);
    expect(pure.m.get("b")).toBe(weight.value);
    expect(asPure(weight)).toBe(weight.value);
    await expectNoLeak(() => asPure({ weight }));
  });

  test("of a State is a State of tensors, of a model a model of tensors", () => {
    const model = new Sequential(makeLinear());
    const pure = asPure(state(model));
    expect(pure).toBeInstanceOf(State);
    expect([...pure].every(([, leaf]) => !isVariable(leaf))).toBe(true);
    const layers = asPure(model).layers;
    expect(layers[0].kernel).toBe(model.layers[0].kernel.value);
    expect(model.layers[0].kernel).toBeInstanceOf(Param);
  });

  test("what it gives cannot outlive the Variables", () => {
    const model = clone(makeLinear());
    const { kernel } = asPure(model);
    model.dispose();
    expect(kernel.isDisposed).toBe(true);
  });
});
