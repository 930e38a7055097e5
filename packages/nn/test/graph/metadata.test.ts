import {
  clone,
  graphdef,
  initializers,
  Linear,
  Param,
  PathContains,
  Rngs,
  setMetadata,
  state,
  withMetadata,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const makeLinear = () => new Linear(2, 2, { rngs: new Rngs(0) });

test("setMetadata adds to the metadata of all Variables, or of those that `only` selects", () => {
  const model = { a: makeLinear(), b: makeLinear() };
  setMetadata(model, { tag: "head" }, { only: PathContains("b") });
  setMetadata(model, { from: "file" });
  expect([...state(model, "head")].map(([path]) => path.join("."))).toEqual(["b.bias", "b.kernel"]);
  expect(model.b.kernel.metadata).toEqual({ tag: "head", from: "file" });
  model.b.kernel.setMetadata({ tag: undefined });
  expect(model.b.kernel.metadata).toEqual({ from: "file" });
  expect(state(model, "head").size).toBe(1);
});

test("copies have their own metadata from the time of the copy, views the same", () => {
  const layer = makeLinear();
  const [copy, view] = [clone(layer), clone(layer, { variables: false })];
  setMetadata(layer, { tag: "x" });
  expect([copy.kernel.tag, view.kernel.tag]).toEqual([undefined, "x"]);
});

test("graph definitions compare metadata as it was when they were made", () => {
  const layer = makeLinear();
  const before = graphdef(layer);
  setMetadata(layer, { tag: "x" });
  expect(graphdef(layer).equals(before)).toBe(false);
  setMetadata(layer, { tag: undefined });
  expect(graphdef(layer).equals(before)).toBe(true);
});

test("withMetadata gives the Variables that layers make of an initialiser its metadata", () => {
  const kernelInit = withMetadata(withMetadata(initializers.lecunNormal(), { tag: "a", x: 1 }), { tag: "b" });
  const layer = new Linear(2, 2, { rngs: new Rngs(0), kernelInit });
  expect([layer.kernel.metadata, layer.bias!.metadata]).toEqual([{ tag: "b", x: 1 }, {}]);
  expect(state(layer, "b").size).toBe(1);
  const same = new Linear(2, 2, { rngs: new Rngs(0), kernelInit: initializers.lecunNormal() });
  expect(same.kernel.metadata).toEqual({});
  const value = withMetadata(initializers.ones, { tag: "own" })(tf.tensor1d([0, 0], "int32"), [1]);
  expect(new Param(value, { tag: "other", y: 2 }).metadata).toEqual({ tag: "own", y: 2 });
});
