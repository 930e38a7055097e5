/** @file `recursiveMap`: order of visits, replacement, sharing and cycles. */
import {
  Dropout,
  evalShape,
  InvalidArgumentError,
  iterModules,
  Linear,
  List,
  Module,
  Param,
  type Path,
  Rngs,
  Sequential,
  Variable,
} from "@nnx-js/nn";
import { recursiveMap } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Leaf extends Module {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
}

class Pair extends Module {
  left: Module;
  right: Module | undefined;
  constructor(left: Module, right?: Module) {
    super();
    this.left = left;
    this.right = right;
  }
}

class Wrapper extends Module {
  inner: Module;
  constructor(inner: Module) {
    super();
    this.inner = inner;
  }
  forward(): void {}
}

function visits(root: object): [string, unknown][] {
  const seen: [string, unknown][] = [];
  recursiveMap((path: Path, node) => {
    seen.push([path.join("."), node]);
    return node;
  }, root);
  return seen;
}

describe("the visits", () => {
  test("are bottom-up with sorted keys, the root last, and include static attributes, containers and tensors", () => {
    class Model extends Module {
      readonly z = new Leaf("last");
      readonly layers = [new Leaf("first"), relu];
      readonly bare = tf.scalar(1);
      readonly kernel = new Param(tf.scalar(1));
      readonly list = new List([new Leaf("in a list")]);
      readonly sizes = [1, 2];
    }
    const model = new Model();
    const seen = visits(model);
    expect(seen.map(([path]) => path).join(" ")).toBe(
      "bare kernel layers.0.name layers.0 layers.1 layers list.0.name list.0 list sizes z.name z ",
    );
    const at = new Map(seen);
    expect(at.get("bare")).toBe(model.bare);
    expect(at.get("kernel")).toBe(model.kernel);
    expect(at.get("sizes")).toBe(model.sizes);
    expect(at.get("z")).not.toBe(model.z);
    expect(at.get("")).toBeInstanceOf(Model);
  });

  test("come once for a shared node or Variable, under its first path", () => {
    const leaf = new Leaf("shared");
    const paths = visits({ b: leaf, a: { c: leaf } }).map(([path]) => path);
    expect(paths).toEqual(["a.c.name", "a.c", "a", ""]);
  });

  test("that keep everything give a copy that shares the Variables", () => {
    const model = new Linear(2, 3, { rngs: new Rngs(0) });
    const copy = recursiveMap((_path, node) => node, model);
    expect(copy).not.toBe(model);
    expect(copy).toBeInstanceOf(Linear);
    expect(copy.kernel).toBe(model.kernel);
    expect(copy.inFeatures).toBe(2);
  });

  test("may change the node they get: it is a copy", () => {
    const model = new Pair(new Leaf("a"));
    const copy = recursiveMap((_path, node) => {
      if (node instanceof Leaf) Object.assign(node, { name: "b" });
      return node;
    }, model);
    expect((copy.left as Leaf).name).toBe("b");
    expect((model.left as Leaf).name).toBe("a");
  });
});

describe("a replacement", () => {
  test("may contain what it replaces and is not looked into again", () => {
    const rngs = new Rngs(0);
    const model = new Sequential(new Linear(4, 8, { rngs }), new Linear(8, 2, { rngs }));
    const wrapped = recursiveMap<typeof model, Sequential<[Wrapper, Wrapper]>>(
      (_path, node) => (node instanceof Linear ? new Wrapper(node) : node),
      model,
    );
    expect(wrapped.layers.map(({ inner }) => inner instanceof Linear)).toEqual([true, true]);
    expect((wrapped.layers[0].inner as Linear).kernel).toBe(model.layers[0].kernel);
    expect(model.layers[0]).toBeInstanceOf(Linear);
  });

  test("of a shared node is shared in the same way", () => {
    const leaf = new Leaf("shared");
    const wrapped = recursiveMap<Pair>(
      (_path, node) => (node instanceof Leaf ? new Wrapper(node) : node),
      new Pair(leaf, leaf),
    );
    expect(wrapped.left).toBeInstanceOf(Wrapper);
    expect(wrapped.right).toBe(wrapped.left);
  });

  test("can take the place of the root, and be anything", () => {
    const count = recursiveMap<Pair, number>(
      (path) => (path.length === 0 ? 3 : null),
      new Pair(new Leaf("a")),
    );
    expect(count).toBe(3);
  });

  test("can take the place of elements of arrays, Lists, Maps and plain objects, and of static values", () => {
    const model = {
      array: [new Leaf("a")],
      list: new List([new Leaf("b")]),
      map: new Map([["key", new Leaf("c")]]),
      object: { leaf: new Leaf("d") },
    };
    const upper = recursiveMap(
      (_path, node) => (typeof node === "string" ? node.toUpperCase() : node),
      model,
    );
    expect([upper.array[0]?.name, upper.map.get("key")?.name]).toEqual(["A", "C"]);
    const gone = recursiveMap<
      typeof model,
      { array: unknown[]; list: List<unknown>; map: Map<string, unknown>; object: object }
    >((_path, node) => (node instanceof Leaf ? node.name : node), model);
    expect([...gone.array, ...gone.list, ...gone.map.values(), ...Object.values(gone.object)]).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect(model.map.get("key")!.name).toBe("c");
  });

  test("can be made without values and take in the original layer", () => {
    class NoisyLinear extends Module {
      linear: Linear;
      constructor(din: number, dout: number, { rngs }: { rngs: Rngs }) {
        super();
        this.linear = new Linear(din, dout, { rngs });
      }
      forward(): void {}
    }
    const model = new Sequential(new Linear(2, 3, { rngs: new Rngs(0) }));
    const before = tf.memory().numTensors;
    const noisy = recursiveMap<typeof model, Sequential<[NoisyLinear]>>((_path, node) => {
      if (!(node instanceof Linear)) return node;
      const wrapper = evalShape(
        () => new NoisyLinear(node.inFeatures, node.outFeatures, { rngs: new Rngs(0) }),
      );
      wrapper.linear = node;
      return wrapper;
    }, model);
    expect(noisy.layers[0].linear.kernel).toBe(model.layers[0].kernel);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("improvement: a new Variable never writes into the original", () => {
  test("it takes the old one's place in the result only", async () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const before = { kernel: model.kernel, values: [...(await model.kernel.value.data())] };
    const zeroed = recursiveMap(
      (_path, node) => (node instanceof Variable ? new Param(tf.zeros([...node.shape])) : node),
      model,
    );
    expect([...(await zeroed.kernel.value.data())]).toEqual([0, 0, 0, 0]);
    expect(model.kernel).toBe(before.kernel);
    expect([...(await model.kernel.value.data())]).toEqual(before.values);
  });

  test("of a shared Variable it is shared in the result", () => {
    const scale = new Param(tf.scalar(1));
    const model = { a: { scale }, b: { scale } };
    const replaced = recursiveMap(
      (_path, node) => (node instanceof Variable ? new Param(tf.scalar(2)) : node),
      model,
    );
    expect(replaced.a.scale).toBe(replaced.b.scale);
    expect(replaced.a.scale).not.toBe(scale);
  });
});

describe("improvement: cycles keep their shape", () => {
  class Child extends Module {
    parent: Module | undefined;
  }
  class Parent extends Module {
    readonly child = new Child();
    readonly children: Map<string, Module[]>;
    constructor() {
      super();
      this.child.parent = this;
      this.children = new Map([["back", [this]]]);
    }
  }

  test("a kept root is what references back to it mean", () => {
    const copy = recursiveMap((_path, node) => node, new Parent());
    expect(copy.child.parent).toBe(copy);
    expect(copy.children.get("back")![0]).toBe(copy);
  });

  test("references back point at the replacement", () => {
    const wrapped = recursiveMap<Parent, Wrapper>(
      (_path, node) => (node instanceof Parent ? new Wrapper(node) : node),
      new Parent(),
    );
    const inner = wrapped.inner as Parent;
    expect(inner).toBeInstanceOf(Parent);
    expect(inner.child.parent).toBe(wrapped);
    expect(inner.children.get("back")![0]).toBe(wrapped);
  });

  test("unless the function put something else there", () => {
    const copy = recursiveMap((_path, node) => {
      if (node instanceof Child) node.parent = undefined;
      return node instanceof Parent ? Object.assign(node, { seen: true }) : node;
    }, new Parent());
    expect(copy.child.parent).toBeUndefined();
  });
});

describe("a function that returns undefined", () => {
  test("for a module or a Variable is told to return the node", () => {
    const model = new Sequential(new Dropout(0.1));
    expect(() => recursiveMap(forgetful, model)).toThrow(InvalidArgumentError);
    expect(() => recursiveMap(forgetful, model)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: recursiveMap: the function returned undefined for layers.0 (Dropout). Return what takes its place; to keep it, end the function with \`return node;\`.]`,
    );
    const linear = new Linear(2, 2, { rngs: new Rngs(0) });
    expect(() =>
      recursiveMap((_path, node) => (node instanceof Variable ? undefined : node), linear),
    ).toThrow("bias (Param)");
  });

  test("may do so for a static attribute", () => {
    const leaf = recursiveMap((_path, node) => (typeof node === "string" ? undefined : node), new Leaf("a"));
    expect(leaf.name).toBeUndefined();
    expect([...iterModules(leaf)]).toHaveLength(1);
  });
});

function forgetful(_path: Path, node: unknown): unknown {
  return node instanceof Dropout ? undefined : node;
}

function relu(x: tf.Tensor): tf.Tensor {
  return tf.relu(x);
}
