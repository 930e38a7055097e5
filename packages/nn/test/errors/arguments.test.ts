/** @file What callers without types may give by mistake is named. */
import {
  avgPool,
  clone,
  filterState,
  fromFlatState,
  grad,
  graphdef,
  Linear,
  List,
  map,
  mapState,
  maxPool,
  mergeState,
  Module,
  Param,
  pool,
  pop,
  replaceByPureDict,
  Rngs,
  split,
  splitState,
  State,
  state,
  toFlatState,
  toPureDict,
  update,
  valueAndGrad,
  variables,
} from "@nnx-js/nn";
import { noGradient, scope } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const model = () => new Linear(2, 3, { rngs: new Rngs(0) });
const images = () => tf.ones([1, 4, 4, 1]);
const loss = (linear: Linear) => tf.sum(linear.kernel.value);
const five = 5 as never;

test.each<[name: string, run: () => unknown, message: string]>([
  [
    "scope(5)",
    () => scope(five),
    "FunctionArgumentError: scope: expected a function, found 5. Write scope(() => …).",
  ],
  ["noGradient", () => noGradient(images() as never), "noGradient: expected a function, found a Tensor."],
  [
    "avgPool(x)",
    () => avgPool(images(), undefined as never),
    "positive integers for window, one for each spatial axis, got nothing. Write [2, 2]",
  ],
  [
    "maxPool(x, 2)",
    () => maxPool(images(), 2 as never),
    "positive integers for window, one for each spatial axis, got 2. Write [2, 2]",
  ],
  ["pool(x)", () => pool(images(), 0, tf.add, undefined as never), "got nothing. Write [2, 2] for two axes."],
  [
    "new State(5)",
    () => new State(five),
    "InvalidArgumentError: State: expected pairs of a path and a Variable or tensor, got 5. Write [[[",
  ],
  [
    "fromFlatState(5)",
    () => fromFlatState(five),
    "State: expected pairs of a path and a Variable or tensor, got 5.",
  ],
  ["fromFlatState({})", () => fromFlatState({ kernel: images() } as never), "got an object. Write [[["],
  ["fromFlatState([5])", () => fromFlatState([5] as never), "got 5 at 0. Write"],
  [
    "a path without a leaf",
    () => fromFlatState([[["a", 0]]] as never),
    "got undefined as the leaf of a.0 at 0. Write",
  ],
  ["toFlatState(5)", () => toFlatState(five), "toFlatState: expected a State, got 5. Write state(model)"],
  [
    "toPureDict(model)",
    () => toPureDict(model() as never),
    "toPureDict: expected a State, got a Linear. Write state(model)",
  ],
  [
    "replaceByPureDict",
    () => replaceByPureDict({} as never, {}),
    "replaceByPureDict: expected a State, got a container.",
  ],
  ["filterState", () => filterState(five, Param), "filterState: expected a State, got 5."],
  ["splitState", () => splitState(undefined as never, true), "splitState: expected a State, got undefined."],
  ["mergeState", () => mergeState(new State(), five), "mergeState: expected a State, got 5."],
  ["mapState", () => mapState((_path, leaf) => leaf, five), "mapState: expected a State, got 5."],
  [
    "mapState the other way round",
    () => mapState(state(model()) as never, five),
    "mapState: expected a function, got",
  ],
  [
    "mapState to nothing",
    () => mapState((() => {}) as never, state(model())),
    "got undefined as the leaf of bias at 0.",
  ],
  [
    "map to nothing",
    () => map((() => {}) as never, model()),
    "map: expected a Variable or tensor from the function for bias, got nothing. Return",
  ],
  [
    "map to a number",
    () => map((() => 1) as never, model()),
    "map: expected a Variable or tensor from the function for bias, got a number.",
  ],
  [
    "split(5)",
    () => split(5),
    "GraphStructureError: split: expected a Module, or an array or object of Modules, got 5. Write split(model).",
  ],
  [
    "state(undefined)",
    () => state(undefined),
    "state: expected a Module, or an array or object of Modules, got undefined.",
  ],
  [
    "graphdef(Linear)",
    () => graphdef(Linear),
    "graphdef: expected a Module, or an array or object of Modules, got the function Linear.",
  ],
  ["variables", () => variables("x"), "variables: expected a Module"],
  ["clone(5)", () => clone(5), "clone: expected a Module, or an array or object of Modules, got 5."],
  [
    "pop(null)",
    () => pop(null, Param),
    "pop: expected a Module, or an array or object of Modules, got null.",
  ],
  [
    "new List(5)",
    () => new List(five),
    "List: expected an array of items, got number. Write new List([first, second]).",
  ],
  [
    "valueAndGrad(f, 5)",
    () => valueAndGrad(loss, five),
    "valueAndGrad: expected an object of options, got 5. Write { argnums: 5 }.",
  ],
  [
    "grad(f, [0, 1])",
    () => grad(loss, [0, 1] as never),
    "valueAndGrad: expected an object of options, got [0,1]. Write { argnums: [0,1] }.",
  ],
  [
    "a misspelt option",
    () => grad(loss, { has_aux: true } as never),
    "expected the options argnums, hasAux, got has_aux. Did you mean hasAux?",
  ],
  ["update with nothing", () => update(model(), undefined as never), "at (root), got nothing."],
  [
    "a Set below an object",
    () => state(withAttribute({ parts: [new Set([model()])] })),
    "found a Linear in the Set 0, where nothing would train or save it.",
  ],
  [
    "a key of a Map below an array",
    () => state(withAttribute([new Map([[model(), 1]])])),
    "found a Linear as a key of the Map 0, where",
  ],
  [
    "a Set in a Set",
    () => state(withAttribute(new Set([new Set([model()])]))),
    "where nothing would train or save it.",
  ],
])("%s", (_, run, message) => {
  let thrown = "nothing was thrown";
  try {
    run();
  } catch (error) {
    thrown = String(error);
  }
  expect(thrown).toContain(message);
});

function withAttribute(value: unknown): Module {
  return Object.assign(new Module(), { value });
}
