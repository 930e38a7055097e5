/** @file Paths and names that JavaScript's own objects have, that are far out, or that never end. */
import {
  asPure,
  Average,
  capture,
  clone,
  Dict,
  fromFlatState,
  fromPureDict,
  graphdef,
  GraphStructureError,
  Intermediate,
  Linear,
  map,
  merge,
  MissingArgumentError,
  Module,
  MultiMetric,
  Param,
  Perturbation,
  pop,
  type PureDict,
  replaceByPureDict,
  restoreIntPaths,
  Rngs,
  select,
  Sequential,
  split,
  state,
  State,
  tabulate,
  toPureDict,
  update,
  WeightNorm,
} from "@nnx-js/nn";
import { adam, adamw, Optimizer, treeMap } from "@nnx-js/optim";
import { view, withAttributes } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { Node } from "./models.ts";

const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
];

/** An own property of any name, as `JSON.parse` makes it. */
function own(name: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true });
}

class Net extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    for (const [, value] of Object.entries(this)) if (value instanceof Linear) x = value.forward(x);
    return x;
  }
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Module.prototype, Linear.prototype, Map.prototype]; // prettier-ignore
const snapshot = () => prototypes.map((prototype) => Reflect.ownKeys(prototype));
const clean = snapshot();
let forward: PropertyDescriptor | undefined;
beforeAll(() => {
  // The first instance puts a boundary around the method.
  new Linear(1, 1, { rngs: new Rngs(0) }).dispose();
  forward = Object.getOwnPropertyDescriptor(Linear.prototype, "forward");
});

/** Nobody else's objects have changed. */
function expectClean(): void {
  expect(snapshot()).toEqual(clean);
  expect(Object.getOwnPropertyDescriptor(Linear.prototype, "forward")).toEqual(forward);
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
}
afterEach(expectClean);

/** What a call throws, as text; nothing if it throws nothing. */
function outcomeOf(call: () => void): string {
  try {
    call();
    return "";
  } catch (error) {
    return String(error);
  }
}

const KINDS = /^(GraphStructure|ShapeMismatch|Dtype|InvalidArgument)Error: ./;

describe.each(NAMES)("a part called %s", (name) => {
  const make = () => {
    const model = new Net();
    const layer = new Linear(2, 2, { rngs: new Rngs(0) });
    Object.defineProperty(model, name, {
      value: layer,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return { model, layer };
  };

  test("keeps its parameters in States, dictionaries, copies and updates", async () => {
    const { model, layer } = make();
    const all = state(model);
    expect(all.entries.map(([path]) => path)).toEqual([
      [name, "bias"],
      [name, "kernel"],
    ]);
    const dict = toPureDict(all);
    expect(Object.keys(dict)).toEqual([name]);
    expect(Object.getPrototypeOf(dict)).toBe(Object.prototype);
    expect(fromPureDict(dict).size).toBe(2);
    expect(restoreIntPaths(own("0", dict) as PureDict)).toEqual(own("0", dict));
    const [definition] = split(model);
    for (const copy of [merge(definition, fromPureDict(dict)), clone(model), map((_, leaf) => leaf, model)]) {
      expect(Object.getPrototypeOf(copy)).toBe(Net.prototype);
      expect(state(copy).size).toBe(2);
    }
    const other = make();
    layer.bias!.value = tf.ones([2]);
    update(other.model, toPureDict(state(model)));
    await expect(other.layer.bias!.value).toBeAllClose([1, 1]);
    update(
      other.model,
      replaceByPureDict(state(other.model), own(name, { bias: tf.zeros([2]) }) as PureDict),
    );
    await expect(other.layer.bias!.value).toBeAllClose([0, 0]);
    expect(asPure(state(model)).leaf(name, "bias")).toBe(layer.bias!.value);
    expect(graphdef(model).equals(graphdef(clone(model)))).toBe(true);
  });

  test("is trained, viewed, shown, summarised, selected and taken out", async () => {
    const { model, layer } = make();
    const optimizer = new Optimizer(model, adamw(0.1, { mask: (params) => treeMap(() => tf.scalar(1), params) && true }), { wrt: Param }); // prettier-ignore
    const ones = map((_, leaf) => tf.onesLike((leaf as Param).value), model);
    optimizer.update(model, state(ones));
    await expect(layer.bias!.value).toBeAllClose([-0.1, -0.1]);
    expect(state(optimizer).has("optState", 0, "mu", name, "kernel")).toBe(true);
    expect(state(view(model)).size).toBe(2);
    expect(() => withAttributes(model, own("isAdmin", 1))).toThrow(/no selected Module has the attribute/);
    expect(Module.prototype.toString.call(model)).toContain(`${name}: Linear {`);
    expect(tabulate(model, tf.ones([1, 2]))).toContain("Net Summary");
    expect(select(model).where(Linear).paths()).toEqual([[name]]);
    const error = /^Net: |^\S+ \(Linear\)/;
    expect(() => model.forward(tf.ones([1, 3]))).toThrow(error);
    const wrapped = new WeightNorm(model, { rngs: new Rngs(0) });
    await expect(wrapped.forward(tf.zeros([1, 2]))).toBeAllClose([-0.1, -0.1]);
    expect(select(model).where(Linear).remove<Net>()).toBeInstanceOf(Net);
    expect(pop(model, Param).size).toBe(2);
    expect(state(model).size).toBe(0);
  });

  test("in a plain object, an array of them or a Map keeps its parameters too", () => {
    const inner = own(name, new Linear(1, 1, { rngs: new Rngs(0) }));
    for (const model of [inner, { list: [inner] }, new Map([["a", inner]])]) {
      expect(state(clone(model)).size).toBe(2);
      expect(Object.keys(toPureDict(state(model)))).toHaveLength(1);
    }
  });

  test("as a stream or metric, or in a Dict, is refused or kept", () => {
    for (const construct of [
      () => new Rngs(own(name, 0) as Record<string, number>),
      () => new MultiMetric(own(name, new Average()) as Record<string, Average>),
      () => new Dict(own(name, new Linear(1, 1, { rngs: new Rngs(0) }))),
    ]) {
      // Every other name is that of something which all objects have.
      expect(outcomeOf(() => void state(construct()).leaf(name))).toMatch(
        name === "prototype"
          ? /expected a leaf at prototype, got a State/
          : /^InvalidArgumentError: .*method/,
      );
    }
    const rngs = new Rngs({ default: 0 });
    expect(rngs.stream(name)).toBe(rngs.stream("default"));
    expect(() => new Average(name).update({})).toThrow(MissingArgumentError);
  });

  test("in a path leads nowhere, where no such part is", async () => {
    const model = new Sequential(new Linear(1, 1, { rngs: new Rngs(0) }));
    const text = `{"layers": {"0": {"${name}": {"forward": 0}, "kernel": 0}}}`;
    const parsed = JSON.parse(text, (_, value: unknown) =>
      value === 0 ? tf.ones([1, 1]) : value,
    ) as PureDict;
    for (const options of [{ strict: true }, { strict: false }]) {
      expect(() => update(model, parsed, options)).toThrow(GraphStructureError);
      expect(() => update(model, own(name, own("polluted", tf.scalar(1))) as PureDict, options)).toThrow(
        `Not in the model: ${name}.polluted.`,
      );
      expect(() => update(model, own(name, tf.scalar(1)) as PureDict, options)).toThrow(GraphStructureError);
    }
    expect(() => replaceByPureDict(state(model), parsed)).toThrow(GraphStructureError);
    expect(() => merge(graphdef(model), fromPureDict(parsed))).toThrow(GraphStructureError);
    expect(state(model).get(name)).toBeUndefined();
    const flat = fromFlatState([[[name, "isAdmin"], tf.scalar(1)]]);
    const dict = toPureDict(flat);
    expect(Object.keys(dict)).toEqual([name]);
    expect(toPureDict(fromPureDict(dict))).toEqual(dict);
    const init = new State([[[name, "x"], new Perturbation(tf.scalar(1))]]);
    expect(() => void capture(model, Intermediate, { init })(tf.ones([1, 1]))).not.toThrow();
  });
});

describe("indices that are far out", () => {
  const far = [4294967294, 4294967295, 1e8, 2 ** 53 - 1, -1, 3];

  test("are no element of an array, and make none", () => {
    const model = { layers: [new Linear(1, 1, { rngs: new Rngs(0) })] };
    for (const index of far) {
      for (const source of [
        new State([[["layers", index, "kernel"], tf.ones([1, 1])]]),
        new State([[["layers", index], tf.ones([1, 1])]]),
        { layers: { [String(index)]: { kernel: tf.ones([1, 1]) } } },
        fromPureDict({ layers: { [String(index)]: tf.ones([1, 1]) } }),
      ]) {
        for (const strict of [true, false]) {
          expect(() => update(model, source, { strict })).toThrow(/Not in the model: layers\./);
        }
        expect(() => merge(graphdef(model), source instanceof State ? source : fromPureDict(source))).toThrow(
          GraphStructureError,
        );
      }
      const popped = pop({ list: [new Param(tf.scalar(0))] }, Param);
      popped.set(["list", index], new Param(tf.scalar(1)));
      expect(() => update({ list: [], w: new Param(tf.scalar(0)) }, popped, { strict: false })).toThrow(
        GraphStructureError,
      );
      expect(model.layers).toHaveLength(1);
    }
    expect(() => update(model, { layers: { length: tf.scalar(5), 0: tf.scalar(1) } })).toThrow(
      GraphStructureError,
    );
    expect(() => update(model, { layers: { "": tf.scalar(5), " 0": tf.scalar(1) } })).toThrow(
      GraphStructureError,
    );
    expect(model.layers).toHaveLength(1);
  });

  test("of captured values are refused, in dictionaries they are names", () => {
    const model = new Linear(1, 1, { rngs: new Rngs(0) });
    const init = new State([[["x", 1e8], new Intermediate(tf.scalar(1))]]);
    expect(() => capture(model, Intermediate, { init })(tf.ones([1, 1]))).toThrow(
      /expected an index from 0 to 0/,
    );
    expect(Object.keys(toPureDict(new State([[[4294967294], tf.scalar(1)]])))).toEqual(["4294967294"]);
    expect([...restoreIntPaths(new State([[["9007199254740993"], tf.scalar(1)]]))][0]![0]).toEqual([
      "9007199254740993",
    ]);
    for (const key of [0.5, NaN, Infinity, Symbol("s") as unknown as string, {} as string]) {
      expect(() => new State([[[key], tf.scalar(1)]])).toThrow(
        /expected names and whole numbers in the path/,
      );
    }
  });
});

describe("what is nested without end, or too deep", () => {
  const nested = (levels: number, make: (below: unknown) => unknown, end: unknown): unknown => {
    let value = end;
    for (let i = 0; i < levels; i++) value = make(value);
    return value;
  };
  const cycle: Record<string, unknown> = {};
  cycle["again"] = cycle;
  const loops = new Map<string, unknown>();
  loops.set("again", loops);

  test.each<[string, () => unknown]>([
    ["5000 levels of objects", () => nested(5000, (below) => ({ a: below }), tf.scalar(1))],
    ["5000 levels of arrays", () => nested(5000, (below) => [below], tf.scalar(1))],
    ["100 000 levels of objects", () => nested(100_000, (below) => ({ a: below }), tf.scalar(1))],
    ["a cycle", () => cycle],
    ["a cycle of Maps", () => loops],
  ])("%s: dictionaries", (_, make) => {
    const model = new Linear(1, 1, { rngs: new Rngs(0) });
    const message = /more than 1000 levels/;
    const dict = make() as PureDict;
    expect(() => update(model, dict)).toThrow(GraphStructureError);
    expect(() => update(model, dict)).toThrow(message);
    expect(() => fromPureDict(dict)).toThrow(message);
    expect(() => replaceByPureDict(state(model), dict)).toThrow(message);
    expect(() => adam(0.1).init(dict as never)).toThrow(/more than 1000 levels|expected a tree of tensors/);
  });

  test("5000 levels and cycles have no whole numbers restored", () => {
    for (const dict of [nested(5000, (below) => ({ a: below }), tf.scalar(1)), cycle, loops]) {
      expect(() => restoreIntPaths(dict as PureDict)).toThrow(/more than 1000 levels/);
    }
  });

  test("models of 5000 levels are errors with a message, and so are paths of 5000 keys", () => {
    const path = Array.from({ length: 5000 }, () => "a");
    expect(() => new State([[path, tf.scalar(1)]])).toThrow(
      /State: found more than 1000 levels below a\.a\.a…/,
    );
    const layer = (below: unknown) => Object.assign(new Node(), { below });
    for (const model of [
      nested(5000, layer, new Param(tf.scalar(1))),
      nested(1500, (below) => [{ below }], new Param(tf.scalar(1))),
    ] as object[]) {
      const uses = [
        () => state(model),
        () => clone(model),
        () => update(model, {}),
        () => select(model).where(Param),
        () => new Optimizer(model, adam(0.1), { wrt: Param }),
      ];
      for (const use of uses) expect(use).toThrow(/found more than 1000 levels/);
    }
    const deep = nested(5000, layer, new Param(tf.scalar(1))) as Node;
    expect(() => String(new Linear(1, 1, { rngs: new Rngs(0) }))).not.toThrow();
    expect(() => String(deep)).toThrow(GraphStructureError);
  });

  test("settings may be nested as they like", () => {
    const model = Object.assign(new Node(), { w: new Param(tf.scalar(1)) });
    model["table"] = nested(5000, (below) => ({ below }), 1);
    model["self"] = (() => {
      const loop: unknown[] = [];
      loop.push(loop);
      return loop;
    })();
    expect(state(clone(model)).size).toBe(1);
    expect(String(model)).toContain("w: Param");
  });
});

/** JSON as a stranger might send it: names of all sorts, indices, empty objects, numbers in place of tensors. */
const stranger = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: fc.constantFrom<unknown>(1, 1, 1, "text", null, true) },
    { weight: 2, arbitrary: fc.array(tie("tree"), { maxLength: 3 }) },
    {
      weight: 5,
      arbitrary: fc.array(
        fc.tuple(
          fc.oneof(
            fc.constantFrom(...NAMES, "layers", "0", "1", "00", "-1", "1e3", "length", "4294967294", "100000000", "kernel", "bias", "kernal", "", " ", "entries", "forward"), // prettier-ignore
            fc.string({ maxLength: 3 }),
          ),
          tie("tree"),
        ),
        { maxLength: 4 },
      ).map((entries) => Object.fromEntries(entries)), // prettier-ignore
    },
  ),
})).tree;

test("dictionaries from anybody's JSON change the values of Variables that fit, or nothing", async () => {
  const model = new Sequential(
    new Linear(1, 1, { rngs: new Rngs(0) }),
    new Linear(1, 1, { rngs: new Rngs(0) }),
  );
  const shape = String(model);
  const one = { other: tf.scalar(1), kernel: tf.ones([1, 1]), bias: tf.ones([1]) };
  await fc.assert(
    fc.asyncProperty(stranger, fc.boolean(), async (tree, strict) => {
      const text = JSON.stringify(tree);
      const parsed = JSON.parse(text, (key, value: unknown) =>
        value === 1 ? (Object.hasOwn(one, key) ? one[key as "kernel"] : one.other) : value,
      ) as PureDict;
      const values = async () =>
        String(await Promise.all([...state(model)].map(([, leaf]) => (leaf as Param).value.data())));
      const before = await values();
      const updates = [
        () => update(model, parsed, { strict }),
        () => update(model, fromPureDict(parsed), { strict }),
      ].map(outcomeOf);
      const after = await values();
      expect(updates.every((outcome) => outcome !== "") ? before : after).toBe(after);
      const others = [
        () => merge(graphdef(model), fromPureDict(parsed)).dispose(),
        () => void replaceByPureDict(state(model), parsed),
        () => void toPureDict(fromPureDict(parsed)),
        () => void restoreIntPaths(parsed),
        () => void new Optimizer(fromPureDict(parsed) as object, adam(0.1), { wrt: true }),
      ].map(outcomeOf);
      const errors = [...updates, ...others].filter((outcome) => outcome !== "");
      expect(errors.filter((error) => !KINDS.test(error))).toEqual([]);
      expect(String(model)).toBe(shape);
      expectClean();
    }),
    { numRuns: Number(process.env["NNX_RUNS"] ?? 300) },
  );
});
