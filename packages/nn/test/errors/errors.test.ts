import {
  Dropout,
  DtypeError,
  evalShape,
  GraphStructureError,
  InvalidArgumentError,
  Linear,
  MissingArgumentError,
  Module,
  NnxError,
  Param,
  Rngs,
  ShapeMismatchError,
  split,
  UncopyableNodeError,
  VariableValueError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const linear = () => new Linear(2, 3, { rngs: new Rngs(0) });

class Sealed extends Module {
  #scale = 1;
  read(): number {
    return this.#scale;
  }
}

const CASES: [
  name: string,
  code: string,
  Class: new (message: string) => NnxError,
  run: () => unknown,
  message: string,
][] = [
  [
    "ShapeMismatchError",
    "shape-mismatch",
    ShapeMismatchError,
    () => linear().forward(tf.ones([1, 4])),
    "Linear: expected last axis 2 (inFeatures), got an input of shape [1, 4]. Pass inFeatures: 4, or project the input to 2 first.",
  ],
  [
    "DtypeError",
    "dtype",
    DtypeError,
    () => new Dropout(0.5).forward(tf.ones([1, 2], "int32")),
    'Dropout: expected a float32 input, got int32 of shape [1, 2]. Convert it: tf.cast(x, "float32").',
  ],
  [
    "InvalidArgumentError",
    "invalid-argument",
    InvalidArgumentError,
    () => new Dropout(2),
    "Dropout: expected a rate from 0 to 1, the share of elements to drop, got 2.",
  ],
  [
    "MissingArgumentError",
    "missing-argument",
    MissingArgumentError,
    () => new Dropout(0.5).forward(tf.ones([1])),
    "Dropout: deterministic is false, but no rngs was given, neither to the call, forward(x, { rngs }), nor to the " +
      "constructor, new Dropout(rate, { rngs }). For evaluation make a view: view(model, { deterministic: true }).",
  ],
  [
    "VariableValueError",
    "variable-value",
    VariableValueError,
    () => evalShape(linear).kernel.value,
    "Param: The value is abstract, float32[2, 3]: it was made by evalShape, which computes shapes only. Give it one, " +
      "`variable.value = tensor`, or `update(model, state)` with loaded weights.",
  ],
  [
    "GraphStructureError",
    "graph-structure",
    GraphStructureError,
    () => split(linear(), false),
    "Non-exhaustive filters: nothing selects bias, kernel. Use `true` as the last filter to take all that is left.",
  ],
  [
    "UncopyableNodeError",
    "uncopyable-node",
    UncopyableNodeError,
    () => split(new Sealed()),
    "(root) (Sealed) has the private member #scale, which views, clones and merged models cannot carry. " +
      "Write `private scale` (TypeScript) or `_scale` instead.",
  ],
];

test.each(CASES)(
  "%s has a stable code %s and says what was expected, found and to do",
  (name, code, Class, run, message) => {
    let thrown: unknown;
    try {
      run();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Class);
    expect(thrown).toBeInstanceOf(NnxError);
    expect(thrown).toMatchObject({ name, code, message });
  },
);

test("an error about a module or Variable has it as its subject", () => {
  const variable = evalShape(() => new Param(tf.zeros([1])));
  expect(() => variable.value).toThrow(expect.objectContaining({ subject: variable }));
});
