/** @file The methods of layers: `capture` sows what each returns, so there are public ones only. */
import * as nn from "@nnx-js/nn";
import { capture, Intermediate, Module, MultiHeadAttention, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

/** The methods that a user may call, by the layers that have them; every layer has `forward` besides. */
const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  BatchNorm: ["setView"],
  Dropout: ["setView"],
  Embed: ["attend"],
  MultiHeadAttention: ["initCache", "setView"],
  SpectralNorm: ["setView"],
  WeightNorm: ["setView"],
  GRUCell: ["initializeCarry"],
  LSTMCell: ["initializeCarry"],
  OptimizedLSTMCell: ["initializeCarry"],
  SimpleCell: ["initializeCarry"],
};

/** Those that have no `forward`: containers, and a class whose methods are abstract, in no prototype. */
const WITHOUT_FORWARD: Readonly<Record<string, readonly string[]>> = {
  Dict: [],
  List: ["at", "pop", "push"],
  RNNCellBase: [],
};

const exported = Object.entries(nn as Record<string, unknown>).filter(
  (entry): entry is [string, typeof Module] =>
    typeof entry[1] === "function" && entry[1].prototype instanceof Module,
);

/** The names of all methods from the class up to `Module`. */
function methodsOf({ prototype }: typeof Module): Set<string> {
  const names = new Set<string>();
  for (let at = prototype; at !== Module.prototype; at = Object.getPrototypeOf(at) as Module) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === "function" && name !== "constructor") names.add(name);
    }
  }
  return names;
}

test.each(exported)("%s has public methods only", (name, layer) => {
  const documented = WITHOUT_FORWARD[name] ?? ["forward", ...(PUBLIC[name] ?? [])];
  expect(methodsOf(layer)).toEqual(new Set(documented));
});

test("a capture of method outputs has what the methods called return, and nothing else", () => {
  const attention = new MultiHeadAttention(2, 4, { decode: false, dropoutRate: 0.5, rngs: new Rngs(0) });
  const attend = (layer: MultiHeadAttention, x: tf.Tensor) => layer.forward(x, { deterministic: false });
  const [, outputs] = capture(attend, Intermediate, { methodOutputs: Intermediate })(
    attention,
    tf.ones([1, 3, 4]),
  );
  const paths = outputs.entries.map(([path]) => path.join("."));
  expect(paths).toEqual([
    "forward.0",
    "key.forward.0",
    "out.forward.0",
    "query.forward.0",
    "value.forward.0",
  ]);
});
