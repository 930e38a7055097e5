/** @file `view`: what is shared, what is set, and which input is refused. */
import {
  BatchNorm,
  clone,
  Dropout,
  evalShape,
  graphdef,
  Linear,
  List,
  Module,
  Param,
  PathContains,
  Pytree,
  Rngs,
  RngStream,
  Sequential,
  state,
  toFlatState,
  UncopyableNodeError,
  type ViewArgs,
  viewOptions,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import { ModeTypeError, UnknownModeError, view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Drop, Print, Spy } from "./models.ts";

function blockOf(rngs: Rngs): Sequential<[Linear, BatchNorm, Dropout]> {
  return new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1));
}

const pathsOf = (node: unknown) => toFlatState(state(node)).map(([path]) => path);

const errorOf = (fn: () => unknown): Error => {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

describe("a view", () => {
  test("has new modules of the same classes in the given modes, and the very same Variables", () => {
    const model = blockOf(new Rngs(0));
    const trainModel = view(model, { deterministic: false, useRunningAverage: false });
    const evalModel = view(model, { deterministic: true, useRunningAverage: true });
    expect(evalModel).toBeInstanceOf(Sequential);
    expect(evalModel.layers[2]).toBeInstanceOf(Dropout);
    expect(evalModel.layers[2]).not.toBe(model.layers[2]);
    expect([trainModel.layers[2].deterministic, evalModel.layers[2].deterministic]).toEqual([false, true]);
    expect([trainModel.layers[1].useRunningAverage, evalModel.layers[1].useRunningAverage]).toEqual([
      false,
      true,
    ]);
    expect(trainModel.layers[0].kernel).toBe(evalModel.layers[0].kernel);
    expect(evalModel.layers[1].mean).toBe(model.layers[1].mean);
  });

  test("leaves the original as it was", () => {
    const model = blockOf(new Rngs(0));
    const before = graphdef(model);
    view(model, { deterministic: true, useRunningAverage: true });
    expect(graphdef(model).equals(before)).toBe(true);
    expect(model.layers[2].deterministic).toBe(false);
  });

  test("has the state paths of the original", () => {
    const model = blockOf(new Rngs(0));
    expect(pathsOf(view(model, { deterministic: true }))).toEqual(pathsOf(model));
  });

  test("has the same graph definition as another in the same modes, and not that of one in others", () => {
    const model = blockOf(new Rngs(0));
    const [train, evaluation, again] = [false, true, true].map((deterministic) =>
      view(model, { deterministic }),
    );
    expect(graphdef(evaluation).equals(graphdef(again))).toBe(true);
    expect(graphdef(evaluation).equals(graphdef(train))).toBe(false);
  });

  test("costs no tensor", async () => {
    const model = blockOf(new Rngs(0));
    const before = tf.memory();
    view(model, { deterministic: true });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
    await expectNoLeak(() => view(model, { deterministic: true, useRunningAverage: true }));
  });

  test("of a view shares the Variables too, and keeps modes that are not given", () => {
    const model = blockOf(new Rngs(0));
    const twice = view(view(model, { deterministic: true }), { useRunningAverage: true });
    expect(twice.layers[2].deterministic).toBe(true);
    expect(twice.layers[1].useRunningAverage).toBe(true);
    expect(twice.layers[0].kernel).toBe(model.layers[0].kernel);
  });

  test("sees what is written into a Variable, but no Variable that is put in its place", () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const copy = view(model);
    const kernel = model.kernel;
    Object.assign(copy, { kernel: new Param(tf.zeros([2, 2])) });
    expect(model.kernel).toBe(kernel);
  });

  test("does not run constructors", () => {
    let runs = 0;
    class Counting extends Module {
      readonly inner = new Drop();
      constructor() {
        super();
        runs++;
      }
    }
    view(new Counting(), { deterministic: true });
    expect(runs).toBe(1);
  });

  test("can be made of an array, a Map or a plain object of modules", () => {
    expect(view([new Drop()], { deterministic: true })[0]?.deterministic).toBe(true);
    expect(view(new Map([["a", new Drop()]]), { deterministic: true }).get("a")?.deterministic).toBe(true);
    expect(view({ a: { b: [new Drop()] } }, { deterministic: true }).a.b[0]?.deterministic).toBe(true);
  });

  test("can be made of a model without values", () => {
    const model = evalShape(() => blockOf(new Rngs(0)));
    expect(view(model as unknown as Module, { deterministic: true })).toBeInstanceOf(Sequential);
  });
});

describe("setView", () => {
  test("is called children first, the root last, with what its class declares of the modes given", () => {
    const calls: (readonly [string, object])[] = [];
    const log = (call: readonly [string, object]) => void calls.push(call);
    const model = { spies: new Spy("root", log, [new Spy("x", log), new Spy("y", log)]), drop: new Drop() };
    view(model, { a: true, deterministic: true });
    expect(calls).toEqual([
      ["x", { a: true }],
      ["y", { a: true }],
      ["root", { a: true }],
    ]);
  });

  test("is called with {} on every module that has one when no mode is given", () => {
    const calls: (readonly [string, object])[] = [];
    const log = (call: readonly [string, object]) => void calls.push(call);
    const model = new Spy("root", log, [new Spy("x", log)]);
    const copy = view(model);
    expect(copy).not.toBe(model);
    expect(calls).toEqual([
      ["x", {}],
      ["root", {}],
    ]);
  });

  test("of a parent sees children in their new modes and may override them", () => {
    class Parent extends Module {
      readonly inner = new Drop();
      seen: boolean | undefined;
      setView(): void {
        this.seen = this.inner.deterministic;
        this.inner.deterministic = false;
      }
    }
    const copy = view(new Parent(), { deterministic: true });
    expect(copy.seen).toBe(true);
    expect(copy.inner.deterministic).toBe(false);
  });

  test("of any Pytree is called, and its result ignored", () => {
    class Mode extends Pytree {
      static readonly viewOptions = viewOptions({ on: { type: "boolean", description: "" } });
      on = false;
      setView({ on }: ViewArgs<typeof Mode.viewOptions>): string[] {
        this.on = on ?? this.on;
        return ["on"];
      }
    }
    class Holder extends Module {
      readonly mode = new Mode();
    }
    expect(view(new Holder(), { on: true }).mode.on).toBe(true);
  });

  test("that throws leaves the original untouched, with the values it wrote into shared Variables", async () => {
    class Failing extends Module {
      readonly scale = new Param(tf.scalar(1));
      readonly drop = new Drop();
      setView(): void {
        this.scale.value = tf.scalar(2);
        throw new Error("no");
      }
    }
    const model = new Failing();
    expect(() => view(model, { deterministic: true })).toThrow("no");
    expect(model.drop.deterministic).toBe(false);
    expect([...(await model.scale.value.data())]).toEqual([1]);
  });

  test("is looked up on the class: an attribute or a getter that answers every name is none", () => {
    let calls = 0;
    class Answering extends Module {
      constructor() {
        super();
        // What a catch-all object does that makes up an attribute for any name.
        return new Proxy(this, {
          get: (target, name, receiver) =>
            name === "setView" ? () => calls++ : Reflect.get(target, name, receiver),
        });
      }
    }
    class Holder extends Module {
      readonly answering = new Answering();
      readonly drop = new Drop();
    }
    expect(view(new Holder(), { deterministic: true }).drop.deterministic).toBe(true);
    expect(calls).toBe(0);
  });

  test("is given what a subclass inherits", () => {
    class Special extends Drop {}
    expect(view(new Special(), { deterministic: true }).deterministic).toBe(true);
  });
});

describe("improvement: undefined leaves a mode unchanged, null resets it to the declared default", () => {
  test("undefined", () => {
    const model = view(new Drop(), { deterministic: true });
    expect(view(model, { deterministic: undefined }).deterministic).toBe(true);
  });

  test("null", () => {
    const model = view(new Drop(), { deterministic: true });
    expect(view(model, { deterministic: null }).deterministic).toBe(false);
    expect(model.deterministic).toBe(true);
  });

  test("null for a mode without a default is an error that names the module", () => {
    const error = errorOf(() => view({ out: new Print("a") }, { msg: null }));
    expect(error).toBeInstanceOf(ModeTypeError);
    expect(error.message).toMatchInlineSnapshot(
      `"view: out (Print): null resets msg to its declared default, but it has none. Give a string, or leave msg out to keep it as it is."`,
    );
  });
});

describe("improvement: an unknown mode is named, with the modes there are and the near miss", () => {
  test("for a model whose type is known the compiler says so, too", () => {
    const model = blockOf(new Rngs(0));
    // @ts-expect-error a misspelt mode
    const error = errorOf(() => view(model, { deterministc: true }));
    expect(error).toBeInstanceOf(UnknownModeError);
    expect(error.message).toMatchInlineSnapshot(
      `"view: unknown mode deterministc. Did you mean deterministic? There are: deterministic (boolean), useRunningAverage (boolean)."`,
    );
  });

  test("Flax's spelling leads to ours", () => {
    const model: Module = blockOf(new Rngs(0));
    expect(() => view(model, { use_running_average: true })).toThrow("Did you mean useRunningAverage?");
  });

  test("all unknown modes are listed, sorted", () => {
    const model: Module = new List([new Drop()]);
    const error = errorOf(() => view(model, { foo: 1, determinstic: true, bar: 2 }));
    expect(error.message).toMatchInlineSnapshot(
      `"view: unknown modes bar, determinstic, foo. Did you mean deterministic by determinstic? There are: deterministic (boolean)."`,
    );
  });

  test("a model without modes says so", () => {
    const model: Module = new Linear(2, 2, { rngs: new Rngs(0) });
    expect(() => view(model, { deterministic: true })).toThrow("The selected modules have no modes.");
  });

  test("an option among the modes is told where it belongs", () => {
    const model: Module = new Drop();
    expect(() => view(model, { deterministic: true, only: Drop })).toThrow(
      "Options come after the modes: view(model, { … }, { only: … }).",
    );
  });

  test("a mode that `only` leaves out is explained", () => {
    const model: Module = new Drop();
    expect(() => view(model, { deterministic: true }, { only: Print })).toThrow(
      "deterministic is a mode only of modules that `only` leaves out.",
    );
  });

  test("a class that has setView but declares nothing, or the other way round, is named", () => {
    class Undeclared extends Module {
      loud = false;
      setView({ loud }: { loud?: boolean | undefined }): void {
        if (loud !== undefined) this.loud = loud;
      }
    }
    class Unsettable extends Module {
      static readonly viewOptions = viewOptions({ loud: { type: "boolean", description: "" } });
    }
    expect(() => view(new Undeclared(), { loud: true })).toThrow(
      "Undeclared has setView but no `static readonly viewOptions = viewOptions({ … })`",
    );
    const model: Module = new Unsettable();
    expect(() => view(model, { loud: true })).toThrow("Unsettable has viewOptions but no setView");
  });

  test("an undefined value does not make an unknown mode known", () => {
    const model: Module = new Drop();
    expect(() => view(model, { nope: undefined })).toThrow(UnknownModeError);
  });
});

describe("improvement: a value of the wrong type names the module and the expected type", () => {
  test("a string for a boolean", () => {
    const model = blockOf(new Rngs(0));
    // @ts-expect-error a string for a boolean
    const error = errorOf(() => view(model, { deterministic: "yes" }));
    expect(error).toBeInstanceOf(ModeTypeError);
    expect(error.message).toMatchInlineSnapshot(
      `"view: layers.2 (Dropout): expected boolean for the mode deterministic, got the string "yes". Write { deterministic: true }."`,
    );
  });

  test("a fraction for an integer", () => {
    const model: Module = new Spy("s", () => {});
    expect(() => view(model, { b: 1.5 })).toThrow(
      "view: (root) (Spy): expected integer | number[] for the mode b, got the number 1.5.",
    );
    expect(() => view(model, { b: [1, 2] })).not.toThrow();
  });

  test("every setView waits until everything is checked", () => {
    const calls: object[] = [];
    const model: Module = new Spy("root", (call) => void calls.push(call), [
      new Spy("x", (call) => void calls.push(call)),
    ]);
    expect(() => view(model, { a: 1 })).toThrow(ModeTypeError);
    expect(() => view(model, { c: 1 })).toThrow(UnknownModeError);
    expect(calls).toEqual([]);
  });

  test("a mode of two classes must fit both", () => {
    class Level extends Module {
      static readonly viewOptions = viewOptions({
        deterministic: { type: ["boolean", "integer"], description: "" },
      });
      deterministic: boolean | number = 0;
      setView({ deterministic }: ViewArgs<typeof Level.viewOptions>): void {
        if (deterministic !== undefined) this.deterministic = deterministic;
      }
    }
    const model = { drop: new Drop(), level: new Level() };
    expect(view(model, { deterministic: true }).level.deterministic).toBe(true);
    // @ts-expect-error Drop takes no number
    expect(() => view(model, { deterministic: 1 })).toThrow("drop (Drop): expected boolean");
    expect(view(model as { level: Level }, { deterministic: 1 }, { only: Level }).level.deterministic).toBe(
      1,
    );
  });
});

describe("improvement: the named modes may be missing when raiseIfNotFound is false", () => {
  test("a model with none of them is copied", () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const copy = view(model, { deterministic: true }, { raiseIfNotFound: false });
    expect(copy.kernel).toBe(model.kernel);
  });

  test("those that there are, are set, and a wrong type is still an error", () => {
    const model = new Drop();
    const modes = { deterministic: true, useRunningAverage: true };
    expect(view(model, modes, { raiseIfNotFound: false }).deterministic).toBe(true);
    expect(() => view(model, { deterministic: 1, nope: 1 }, { raiseIfNotFound: false })).toThrow(
      ModeTypeError,
    );
  });
});

describe("improvement: making a view does not touch an Rngs that the model holds", () => {
  test("counters stay, and the streams are shared", async () => {
    class Noisy extends Module {
      readonly rngs = new Rngs(0);
      readonly drop = new Dropout(0.5, { rngs: this.rngs });
    }
    const model = new Noisy();
    const { count } = model.rngs.stream();
    const before = [...(await count.value.data())];
    const copy = view(model, { deterministic: true });
    expect([...(await count.value.data())]).toEqual(before);
    expect(copy.rngs).not.toBe(model.rngs);
    expect(copy.rngs.stream().count).toBe(count);
    expect(copy.drop.rngs).toBeInstanceOf(RngStream);
    expect(copy.drop.rngs!.count).toBe(model.drop.rngs!.count);
  });
});

describe("improvement: cycles and shared modules keep their shape", () => {
  class Node extends Module {
    readonly drop = new Drop();
    next: Node | undefined;
  }

  test("a module that is reached twice is one module in the view, set once", () => {
    const drop = new Drop();
    const copy = view({ a: drop, b: new List([drop]) }, { deterministic: true });
    expect(copy.a).toBe(copy.b[0]);
    expect(copy.a.deterministic).toBe(true);
    expect(drop.deterministic).toBe(false);
  });

  test("a cycle is closed in the view", () => {
    const [first, second] = [new Node(), new Node()];
    first.next = second;
    second.next = first;
    const copy = view(first, { deterministic: true });
    expect(copy.next!.next).toBe(copy);
    expect([copy.drop.deterministic, copy.next!.drop.deterministic]).toEqual([true, true]);
    expect(copy).not.toBe(first);
  });
});

describe("improvement: what a copy would break is refused", () => {
  test("#private fields", () => {
    class Private extends Module {
      #on = true;
      readonly drop = new Drop();
      forward(): boolean {
        return this.#on;
      }
    }
    const error = errorOf(() => view({ inner: new Private() }, { deterministic: true }));
    expect(error).toBeInstanceOf(UncopyableNodeError);
    expect(error.message).toContain("inner (Private) has the private member #on");
  });

  test("arrow-function methods", () => {
    class Arrow extends Module {
      readonly drop = new Drop();
      readonly forward = (): boolean => this.drop.deterministic;
    }
    expect(() => view(new Arrow(), { deterministic: true })).toThrow(UncopyableNodeError);
  });
});

describe("only", () => {
  const model = { a: { drop: new Drop() }, b: { drop: new Drop() }, print: new Print() };
  const modesOf = (copy: typeof model) => [copy.a.drop.deterministic, copy.b.drop.deterministic];

  test("selects by class", () => {
    expect(modesOf(view(model, { deterministic: true }, { only: Drop }))).toEqual([true, true]);
    const block = view(blockOf(new Rngs(0)), { deterministic: true }, { only: Dropout });
    expect(block.layers[1].useRunningAverage).toBe(false);
  });

  test("selects by path, by predicate on the module, by several filters", () => {
    expect(modesOf(view(model, { deterministic: true }, { only: PathContains("b") }))).toEqual([false, true]);
    const isFirst = (_path: unknown, node: unknown) => node === model.a.drop;
    expect(modesOf(view(model, { deterministic: true }, { only: isFirst }))).toEqual([true, false]);
    expect(modesOf(view(model, { deterministic: true }, { only: [Print, PathContains("a")] }))).toEqual([
      true,
      false,
    ]);
  });

  test("what is not selected is copied all the same, without a call of setView", () => {
    const calls: object[] = [];
    const spy = new Spy("s", (call) => void calls.push(call));
    const copy = view({ spy, drop: new Drop() }, { deterministic: true }, { only: Drop });
    expect(copy.spy).not.toBe(spy);
    expect(calls).toEqual([]);
  });

  test("all paths of a shared module count, also of one below a shared module", () => {
    const drop = new Drop();
    expect(
      view({ a: drop, b: drop }, { deterministic: true }, { only: PathContains("b") }).a.deterministic,
    ).toBe(true);
    const block = { drop };
    const copy = view({ a: block, b: block }, { deterministic: true }, { only: PathContains("b") });
    expect(copy.a.drop.deterministic).toBe(true);
  });

  test("of a model with cycles ends", () => {
    class Ring extends Module {
      readonly drop = new Drop();
      ring: Ring | undefined;
    }
    const ring = new Ring();
    ring.ring = ring;
    expect(view(ring, { deterministic: true }, { only: PathContains("drop") }).drop.deterministic).toBe(true);
  });
});

describe("bad input", () => {
  test("what is no model is refused", () => {
    expect(() => view(new Param(tf.scalar(1)))).toThrow("view: expected a Module");
    expect(() => view(3 as unknown as Module)).toThrow("got number");
    expect(() => view(clone(null) as unknown as Module)).toThrow("got null");
  });

  test("modes that are no object are refused", () => {
    const model: Module = new Drop();
    expect(() => view(model, true as unknown as Record<string, unknown>)).toThrow(
      "view: expected an object such as { deterministic: true } as the second argument, got true.",
    );
  });
});
