/** @file What arguments are is what they hold: all state that the language shows is watched, the rest refused. */
import { jit, JitArgumentError, type Jitted } from "@nnx-js/jit";
import {
  All,
  Any,
  type Filter,
  grad,
  GraphStructureError,
  Linear,
  mapState,
  mergeState,
  Module,
  Not,
  Param,
  type Path,
  PathContains,
  Rngs,
  State,
  state,
  UncopyableNodeError,
  update,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it, test } from "vitest";

const K = Symbol("k");

/** What has a number somewhere, and how another one gets there. */
interface Holder {
  readonly make: (k: number) => object;
  readonly read: (value: never) => number;
  readonly set?: (value: never, k: number) => void;
}

interface WithK {
  k: number;
  [K]: number;
}

class PlainK {
  k: number;
  constructor(k: number) {
    this.k = k;
  }
}

class ModuleK extends Module {
  k: number;
  constructor(k: number) {
    super();
    this.k = k;
  }
}

class ModuleWith extends Module {
  inner: unknown;
  constructor(inner: unknown) {
    super();
    this.inner = inner;
  }
}

class ParamK extends Param {
  k: number;
  constructor(k: number) {
    super(tf.scalar(0));
    this.k = k;
  }
}

class ArrayK extends Array<number> {
  k = 0;
}

const symbolKeyed = <T extends object>(value: T, k: number): T => Object.assign(value, { [K]: k });
const hidden = <T extends object>(value: T, k: number): T =>
  Object.defineProperty(value, "k", { value: k, writable: true, configurable: true });
const onto = <T extends object>(value: T, k: number): T => Object.assign(value, { k });
const readK = (value: WithK) => value.k;
const setK = (value: WithK, k: number) => void (value.k = k);
const readSymbol = (value: WithK) => value[K];
const setSymbol = (value: WithK, k: number) => void (value[K] = k);

const HOLDERS: Readonly<Record<string, Holder>> = {
  "a symbol on a plain object": { make: (k) => symbolKeyed({}, k), read: readSymbol, set: setSymbol },
  "a symbol on a Module": { make: (k) => symbolKeyed(new ModuleK(1), k), read: readSymbol, set: setSymbol },
  "a symbol on an array": { make: (k) => symbolKeyed([1], k), read: readSymbol, set: setSymbol },
  "a symbol on a function": { make: (k) => symbolKeyed(() => 1, k), read: readSymbol, set: setSymbol },
  "a hidden property of a plain object": { make: (k) => hidden({}, k), read: readK, set: setK },
  "a hidden property of a Module": {
    make: (k) => hidden(new ModuleWith(0), k),
    read: readK,
    set: setK,
  },
  "a property of an array": { make: (k) => onto([1], k), read: readK, set: setK },
  "a property of an array subclass": { make: (k) => onto(new ArrayK(), k), read: readK, set: setK },
  "a property of a function": { make: (k) => onto(() => 1, k), read: readK, set: setK },
  "a property of a Map": { make: (k) => onto(new Map(), k), read: readK, set: setK },
  "a property of a Date": { make: (k) => onto(new Date(0), k), read: readK, set: setK },
  "an attribute of a plain class": { make: (k) => new PlainK(k), read: readK, set: setK },
  "an attribute of a Variable's subclass": { make: (k) => new ParamK(k), read: readK, set: setK },
  "an inherited property": {
    make: (k) => Object.create({ k }) as object,
    read: readK,
    set: (value: object, k) => setK(Object.getPrototypeOf(value) as WithK, k),
  },
  "a plain class in a Module": {
    make: (k) => new ModuleWith(new PlainK(k)),
    read: ({ inner }: { inner: WithK }) => inner.k,
    set: ({ inner }: { inner: WithK }, k) => void (inner.k = k),
  },
  "a Set": {
    make: (k) => new Set([k]),
    read: (set: Set<number>) => [...set][0]!,
    set: (set: Set<number>, k) => (set.clear(), void set.add(k)),
  },
  "a Set in a Module": {
    make: (k) => new ModuleWith(new Set([k])),
    read: ({ inner }: { inner: Set<number> }) => [...inner][0]!,
    set: ({ inner }: { inner: Set<number> }, k) => (inner.clear(), void inner.add(k)),
  },
  "a Map": {
    make: (k) => new Map([["k", k]]),
    read: (map: Map<string, number>) => map.get("k")!,
    set: (map: Map<string, number>, k) => void map.set("k", k),
  },
  "an object that is the key of a Map": {
    make: (k) => new Map([[{ k }, 1]]),
    read: (map: Map<WithK, number>) => [...map.keys()][0]!.k,
    set: (map: Map<WithK, number>, k) => void ([...map.keys()][0]!.k = k),
  },
  "a Date": {
    make: (k) => new Date(k),
    read: (date: Date) => date.getTime(),
    set: (date: Date, k) => void date.setTime(k),
  },
  "a regular expression": {
    make: (k) => new RegExp(String(k)),
    read: (pattern: RegExp) => Number(pattern.source),
  },
  "the place of a regular expression": {
    make: (k) => Object.assign(/x/g, { lastIndex: k }),
    read: (pattern: RegExp) => pattern.lastIndex,
    set: (pattern: RegExp, k) => void (pattern.lastIndex = k),
  },
  "an object around a number": { make: (k) => Object(k) as object, read: (value: number) => value.valueOf() },
  "a BigInt": { make: (k) => [BigInt(k)], read: ([value]: [bigint]) => Number(value) },
  "a typed array in a Module": {
    make: (k) => new ModuleWith(Float32Array.of(k)),
    read: ({ inner }: { inner: Float32Array }) => inner[0]!,
    set: ({ inner }: { inner: Float32Array }, k) => void (inner[0] = k),
  },
  "a hole or undefined": {
    make: (k) => (k === 2 ? [1, undefined] : Object.assign([1], { length: 2 })),
    read: (list: unknown[]) => (1 in list ? 2 : 50),
  },
  "a missing name or undefined": {
    make: (k) => (k === 2 ? { k: undefined } : {}),
    read: (value: object) => ("k" in value ? 2 : 50),
  },
};

describe("state of an argument", () => {
  const compile = ({ read }: Holder): Jitted<(holder: object, x: tf.Tensor) => tf.Tensor> =>
    jit((holder: object, x: tf.Tensor) => tf.mul(x, read(holder as never)));
  const x = () => tf.scalar(1);
  const valueOf = (tensor: tf.Tensor) => tensor.dataSync()[0];

  test.each(Object.entries(HOLDERS))("in %s is that of the call", (_, holder) => {
    const f = compile(holder);
    const first = holder.make(2);
    for (let i = 0; i < 2; i++) {
      expect(valueOf(f(first, x()))).toBe(2);
      expect(valueOf(f(holder.make(50), x()))).toBe(50);
    }
    if (!holder.set) return;
    expect(valueOf(f(first, x()))).toBe(2);
    holder.set(first as never, 7);
    expect(valueOf(f(first, x()))).toBe(7);
    expect(f.cacheSize()).toBeLessThanOrEqual(5);
  });

  test.each(Object.entries(HOLDERS))("in %s is found below other arguments", (_, holder) => {
    const f = jit(({ list: [value] }: { list: object[] }, x: tf.Tensor) =>
      tf.mul(x, holder.read(value as never)),
    );
    for (const k of [2, 50, 2]) expect(valueOf(f({ list: [holder.make(k)] }, x()))).toBe(k);
  });

  it("may appear after the first call", () => {
    const late: readonly [object, (value: WithK) => number, (value: never) => void][] = [
      [{}, readSymbol, (value: WithK) => setSymbol(value, 3)],
      [[], readSymbol, (value: WithK) => setSymbol(value, 3)],
      [[], readK, (value: WithK) => setK(value, 3)],
      [new ModuleWith(0), readSymbol, (value: WithK) => setSymbol(value, 3)],
      [() => 1, readK, (value: WithK) => setK(value, 3)],
      [{}, readK, (value: object) => hidden(value, 3)],
      [new ModuleWith(0), readK, (value: object) => hidden(value, 3)],
      [symbolKeyed(new ModuleWith(0), 1), readK, (value: object) => hidden(value, 3)],
    ];
    for (const [value, read, add] of late) {
      const f = jit((value: object, x: tf.Tensor) => tf.mul(x, read(value as WithK) ?? 1));
      expect(valueOf(f(value, x()))).toBe(1);
      add(value as never);
      expect(valueOf(f(value, x()))).toBe(3);
    }
  });

  it("may be tensors and Variables, which are no part of what is compiled", () => {
    class Box {
      readonly weight = new Param(tf.scalar(2));
      [K] = tf.scalar(3);
    }
    const f = jit((box: Box, more: object, x: tf.Tensor) => {
      box.weight.value = tf.add(box.weight.value, 1);
      return tf.add(tf.mul(box.weight.value, box[K]), tf.mul(x, (more as { extra: tf.Tensor }).extra));
    });
    for (let i = 0; i < 3; i++) {
      const box = new Box();
      const more = Object.assign([1], { extra: tf.scalar(i) });
      expect(valueOf(f(box, more, x()))).toBe(9 + i);
      box[K] = tf.scalar(5);
      expect(valueOf(f(box, more, x()))).toBe(20 + i);
      expect(Object.getOwnPropertyDescriptor(box, K)).toMatchObject({ enumerable: true, writable: true });
    }
    expect(f.cacheSize()).toBe(1);
  });

  it("that the function changes changes in each call", () => {
    const f = jit((value: { set: Set<number>; list: number[] & { k?: number }; when: Date; box: PlainK }) => {
      value.set.add(value.list.length);
      value.list.k = (value.list.k ?? 0) + 1;
      value.when.setTime(5);
      value.box.k = 6;
    });
    for (let i = 0; i < 3; i++) {
      const value = { set: new Set([7]), list: [1, 2], when: new Date(0), box: new PlainK(1) };
      f(value);
      expect([...value.set]).toEqual([7, 2]);
      expect((value.list as { k?: number }).k).toBe(1);
      expect([value.when.getTime(), value.box.k]).toEqual([5, 6]);
    }
    expect(f.cacheSize()).toBe(1);
  });

  it("that stays hidden stays hidden when it is a tensor", () => {
    const model = new ModuleWith(0);
    Object.defineProperty(model, "table", { value: tf.scalar(3), configurable: true });
    const f = jit((model: ModuleWith, x: tf.Tensor) =>
      tf.mul(x, (model as unknown as { table: tf.Tensor }).table),
    );
    expect(valueOf(f(model, x()))).toBe(3);
    expect(Object.getOwnPropertyDescriptor(model, "table")).toMatchObject({
      enumerable: false,
      writable: false,
    });
  });
});

test("a State that was made by hand is none that a filter has selected", () => {
  const model = new Linear(2, 2, { rngs: new Rngs(0) });
  const write = jit((values: State) => update(model, values));
  const selected = () => state(model, PathContains("kernel"));
  const byHand = () => new State([...selected()]);
  expect(() => write(new State([[["weight"], tf.zeros([2, 2])]]))).toThrow(GraphStructureError);
  // By hand, all Params are to be there; a filter says that no other was meant.
  for (let i = 0; i < 2; i++) {
    expect(() => write(byHand())).toThrow(/Missing: bias/);
    write(selected());
  }
  expect(write.cacheSize()).toBe(1);
});

describe("States of equal paths", () => {
  let model: Linear, other: Linear;
  const kernelOf = (filter: Filter) => state(other, filter);
  beforeEach(() => {
    model = new Linear(2, 2, { rngs: new Rngs(0) });
    other = new Linear(2, 2, { useBias: false, rngs: new Rngs(1) });
  });

  test("of filters that mean more or less of the model have programs of their own", () => {
    const write = jit((values: State) => update(model, values));
    for (let i = 0; i < 2; i++) {
      write(kernelOf(PathContains("kernel")));
      // The bias is a Param, too, which this State should have.
      expect(() => write(kernelOf(Param))).toThrow(/Missing: bias/);
      expect(() => write(kernelOf([Param]))).toThrow(/Missing: bias/);
      write(kernelOf(Any(PathContains("kernel"), PathContains("scale"))));
    }
    // What fails is not kept.
    expect(write.cacheSize()).toBe(2);
  });

  test("give States that stand for what their filter selects", () => {
    const double = jit((values: State) => mapState((_, leaf) => tf.mul((leaf as Param).value, 2), values));
    for (let i = 0; i < 2; i++) {
      update(model, double(kernelOf(PathContains("kernel"))));
      expect(() => update(model, double(kernelOf(Param)))).toThrow(/Missing: bias/);
    }
  });

  test("share a program where the filters were made alike, or are one", () => {
    const write = jit((values: State) => update(model, values));
    const mine = (path: Path) => path[0] === "kernel";
    for (let i = 0; i < 3; i++) {
      write(state(model, Param));
      write(kernelOf(All(Param, Not(PathContains("bias")))));
      write(kernelOf(mine));
      write(state(model, PathContains("bias"), true)[1]);
      write(mergeState(kernelOf(mine), state(model, PathContains("bias"))));
      const rest = state(model);
      rest.delete("bias");
      write(rest);
    }
    expect(write.cacheSize()).toBe(6);
  });

  test("of gradients share one", () => {
    const read = jit((grads: State) => tf.sum(grads.leaf<Param>("kernel").value));
    for (let i = 0; i < 3; i++) {
      using grads = grad((model: Linear) => tf.sum(model.forward(tf.ones([1, 2]))))(model);
      expect(read(grads).dataSync()[0]).toBe(4);
    }
    expect(read.cacheSize()).toBe(1);
  });
});

test("arguments that are nested too deep are refused, before and after the function is compiled", () => {
  const f = jit((value: object, x: tf.Tensor) => tf.mul(x, Object.keys(value).length));
  const nested = (levels: number) => {
    let value: object = {};
    for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { value };
    return value;
  };
  for (let i = 0; i < 2; i++) {
    expect(f(nested(900), tf.scalar(2)).dataSync()[0]).toBe(2);
    expect(() => f(nested(5000), tf.scalar(2))).toThrow(
      /found more than 1000 levels at argument 0\.0\.value\.0\. Keep parts/,
    );
  }
});

test("a class as an argument may have static getters", () => {
  class Named extends Module {
    static readonly factor: number = 3;
    static get className(): string {
      return "Named";
    }
  }
  const f = jit((type: typeof Named, x: tf.Tensor) => tf.mul(x, type.factor));
  for (let i = 0; i < 2; i++) expect(f(Named, tf.scalar(2)).dataSync()[0]).toBe(6);
  expect(f.cacheSize()).toBe(1);
});

describe("in frozen containers", () => {
  const x = () => tf.scalar(1);
  const numberOf = (tensor: tf.Tensor) => tensor.dataSync()[0];

  it("Modules and maps may change still, and count", () => {
    const model = new ModuleK(2);
    const options = Object.freeze({ list: Object.freeze([model, "text"]), map: new Map([["k", 3]]) });
    const f = jit((o: typeof options, x: tf.Tensor) => tf.mul(x, (o.list[0] as ModuleK).k * o.map.get("k")!));
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(6);
    model.k = 5;
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(15);
    options.map.set("k", 4);
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(20);
    expect(f.cacheSize()).toBe(3);
  });

  it("what a prototype holds may change, too", () => {
    const prototype = { k: 2 };
    const options = Object.freeze(Object.create(prototype) as { readonly k: number });
    const f = jit((o: typeof options, x: tf.Tensor) => tf.mul(x, o.k));
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(2);
    prototype.k = 7;
    for (let i = 0; i < 2; i++) expect(numberOf(f(options, x()))).toBe(7);
  });
});

describe("what cannot be seen is refused", () => {
  const f = jit(function use(first: unknown, second?: unknown) {
    void second;
    return first;
  });

  it("in private members, as by clone and view", () => {
    class Secret extends Module {
      #k: number;
      constructor(k: number) {
        super();
        this.#k = k;
      }
      get k(): number {
        return this.#k;
      }
    }
    class Inside {
      readonly #k = 1;
      get k(): number {
        return this.#k;
      }
    }
    expect(() => f(new Secret(2))).toThrow(UncopyableNodeError);
    expect(() => f(1, { model: new Secret(2) })).toThrowErrorMatchingInlineSnapshot(
      `[UncopyableNodeError: jit(use): argument 1.model (Secret) has the private member #k, which nobody else can see: what changes there would go unnoticed. Write \`private k\` (TypeScript) or \`_k\` instead, or let the function close over the object.]`,
    );
    expect(() => f([new Inside()])).toThrow(/argument 0\.0 \(Inside\) has the private member #k/);
    expect(() => f(new ModuleWith(new Inside()))).toThrow(/argument 0\.inner \(Inside\)/);
    expect(f.cacheSize()).toBe(0);
  });

  it("behind getters, and in objects of the engine, with the path", () => {
    const getter = {
      get k() {
        return 1;
      },
    };
    expect(() => f({ options: getter })).toThrowErrorMatchingInlineSnapshot(
      `[JitArgumentError: jit(use): expected arguments of tensors, Modules and static values, found a getter at argument 0.options.k. Pass what it gives, { ...object }, or make it a getter of a class that computes from plain attributes.]`,
    );
    const opaque = [
      new WeakMap(),
      new WeakSet(),
      new WeakRef({}),
      Promise.resolve(),
      new Error("x"),
      [][Symbol.iterator](),
      (function* () {})(),
      new Map().entries(),
      new Intl.NumberFormat(),
      new AbortController(),
      new URL("https://example.org"),
    ];
    for (const value of opaque) {
      expect(() => f({ value })).toThrow(/argument 0\.value/);
      expect(() => f(new ModuleWith(value))).toThrow(/argument 0\.inner/);
    }
    for (const value of [new Float32Array(2), new ArrayBuffer(8), new DataView(new ArrayBuffer(8))]) {
      expect(() => f(1, [value])).toThrow(/argument 1\.0\. Pass a tensor/);
    }
    expect(() => f(new Map([[tf.scalar(1), 1]]))).toThrow(JitArgumentError);
  });
});
