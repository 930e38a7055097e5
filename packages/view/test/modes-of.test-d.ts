/** @file Which modes compile for which models. */
import {
  BatchNorm,
  type Dict,
  Dropout,
  type Layer,
  Linear,
  type List,
  Module,
  type Param,
  type Pytree,
  type Rngs,
  Sequential,
  type ViewArgs,
  viewOptions,
} from "@nnx-js/nn";
import { type ModesOf, view } from "@nnx-js/view";
import type * as tf from "@tensorflow/tfjs-core";
import { describe, expectTypeOf, test } from "vitest";

type Deterministic = { deterministic?: boolean | null | undefined };
type Both = Deterministic & { useRunningAverage?: boolean | null | undefined };
type None = { readonly [mode: string]: never };

declare const rngs: Rngs;

class Print extends Module {
  static readonly viewOptions = viewOptions({ msg: { type: "string", description: "what to print" } });
  msg: string | undefined;
  forward(): void {}
  setView({ msg }: ViewArgs<typeof Print.viewOptions>): void {
    if (msg !== undefined) this.msg = msg;
  }
}

declare class Size extends Module {
  setView(modes: { size?: number | readonly number[] | undefined }): void;
}

declare class Count extends Module {
  setView(modes: { size?: number | undefined }): void;
}

declare class Lenient extends Module {
  setView(modes?: { noisy?: boolean }): void;
}

describe("the modes that a type has", () => {
  test("those of the layers in a Sequential's tuple", () => {
    const model = new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1));
    expectTypeOf<ModesOf<typeof model>>().branded.toEqualTypeOf<Both>();
    expectTypeOf(view(model, { deterministic: true })).toEqualTypeOf<
      Sequential<[Linear, BatchNorm, Dropout]>
    >();
    expectTypeOf(view(model).layers[2].deterministic).toEqualTypeOf<boolean | null>();
    // @ts-expect-error a misspelt mode
    view(model, { deterministc: true });
    // @ts-expect-error a string for a boolean
    view(model, { deterministic: "yes" });
    const misspelt = { deterministc: true };
    // @ts-expect-error a misspelt mode, given by a variable
    view(model, misspelt);
    view(model, { deterministic: undefined, useRunningAverage: null });
  });

  test("those of a module of one's own, however its properties are declared", () => {
    class Block extends Module {
      readonly dropout: Dropout | undefined;
      norm?: BatchNorm | null;
      readonly print = new Print();
      activation = (x: number): number => x;
      rngs!: Rngs;
      kernel!: Param;
    }
    expectTypeOf<ModesOf<Block>>().branded.toEqualTypeOf<Both & { msg?: string | null | undefined }>();
    // @ts-expect-error a number for a string
    view(new Block(), { msg: 1 });
  });

  test("those in arrays, Maps, Lists, Dicts, plain objects and tuples with functions", () => {
    expectTypeOf<ModesOf<{ a: readonly Dropout[] }>>().toEqualTypeOf<Deterministic>();
    expectTypeOf<ModesOf<Dropout[]>>().toEqualTypeOf<Deterministic>();
    expectTypeOf<ModesOf<{ a: Map<string, Dropout | BatchNorm> }>>().branded.toEqualTypeOf<Both>();
    expectTypeOf<ModesOf<List<Dropout>>>().toEqualTypeOf<Deterministic>();
    expectTypeOf<ModesOf<Dict<{ a: Dropout; b: Linear }>>>().toEqualTypeOf<Deterministic>();
    expectTypeOf<ModesOf<{ a: { b: { c: [Linear, Dropout] } } }>>().toEqualTypeOf<Deterministic>();
    expectTypeOf<
      ModesOf<Sequential<[Linear, (x: number) => number, Dropout]>>
    >().toEqualTypeOf<Deterministic>();
  });

  test("none for a model without modes", () => {
    expectTypeOf<ModesOf<Linear>>().toEqualTypeOf<None>();
    view(new Linear(2, 2, { rngs }));
    view(new Linear(2, 2, { rngs }), {});
    // @ts-expect-error Linear has no modes
    view(new Linear(2, 2, { rngs }), { deterministic: true });
  });

  test("those of a recursive model", () => {
    class Tree extends Module {
      readonly left: Tree | undefined;
      readonly right: Tree | undefined;
      readonly others: readonly Tree[] = [];
      readonly byName = new Map<string, Tree>();
      readonly dropout = new Dropout(0.1);
    }
    expectTypeOf<ModesOf<Tree>>().toEqualTypeOf<Deterministic>();
    // @ts-expect-error a misspelt mode
    view(new Tree(), { deterministc: true });
  });

  test("a recursive array type ends", () => {
    type Nested = Dropout | Nested[];
    expectTypeOf<ModesOf<Nested>>().toEqualTypeOf<Deterministic>();
  });

  test("a mode of two classes takes what fits both", () => {
    expectTypeOf<ModesOf<[Size, Count]>>().toEqualTypeOf<{ size?: number | null | undefined }>();
  });

  test("a setView without parameters adds nothing, an optional parameter counts", () => {
    class Plain extends Module {
      setView(): void {}
    }
    expectTypeOf<ModesOf<Plain>>().toEqualTypeOf<None>();
    expectTypeOf<ModesOf<Lenient>>().toEqualTypeOf<{ noisy?: boolean | null | undefined }>();
  });

  test("static settings do not open the modes", () => {
    class Settings extends Module {
      readonly options: { stride?: number; padding?: "same" | "valid" } = {};
      readonly shape: readonly number[] = [];
      readonly names = new Set<string>();
      readonly when = new Date(0);
      readonly dropout = new Dropout(0.1);
    }
    expectTypeOf<ModesOf<Settings>>().toEqualTypeOf<Deterministic>();
  });
});

describe("classes with parameters", () => {
  test("a wrapper has the modes of what it wraps", () => {
    class Wrapper<M extends Module> extends Module {
      readonly inner: M;
      constructor(inner: M) {
        super();
        this.inner = inner;
      }
    }
    expectTypeOf<ModesOf<Wrapper<Dropout>>>().toEqualTypeOf<Deterministic>();
    expectTypeOf<ModesOf<Wrapper<Wrapper<Sequential<[Dropout]>>>>>().toEqualTypeOf<Deterministic>();
  });

  test("a view of `this` is made of it as its class", () => {
    class Model extends Module {
      readonly dropout = new Dropout(0.1);
      evaluated(): Model {
        return view<Model>(this, { deterministic: true });
      }
    }
    expectTypeOf(new Model().evaluated()).toEqualTypeOf<Model>();
  });

  test("a subclass has its parent's modes and its own", () => {
    class Louder extends Print {
      static override readonly viewOptions = viewOptions({
        ...Print.viewOptions,
        volume: { type: "integer", default: 1, description: "how loud" },
      });
      volume = 1;
      override setView({ volume, ...modes }: ViewArgs<typeof Louder.viewOptions>): void {
        super.setView(modes);
        if (volume !== undefined) this.volume = volume;
      }
    }
    expectTypeOf<ModesOf<Louder>>().toEqualTypeOf<{
      msg?: string | null | undefined;
      volume?: number | null | undefined;
    }>();
  });

  test("a layer that has only a forward does not open the modes", () => {
    class Flatten extends Module {
      forward(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    expectTypeOf<ModesOf<Sequential<[Flatten, Dropout]>>>().toEqualTypeOf<Deterministic>();
  });
});

describe("where a class is not known", () => {
  test("other modes compile, those that are known keep their types", () => {
    class Wrapper extends Module {
      inner!: Module;
      dropout!: Dropout;
    }
    expectTypeOf(view(new Wrapper(), { anything: 1 })).toEqualTypeOf<Wrapper>();
    // @ts-expect-error a string for a boolean
    view(new Wrapper(), { deterministic: "yes" });
  });

  test("so they do for Module, Pytree, unknown, any layer and Sequential without its tuple", () => {
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<Module>>();
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<Pytree>>();
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<{ inner: unknown }>>();
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<Sequential>>();
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<readonly Layer[]>>();
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<Dict>>();
    expectTypeOf<{ anything: 1 }>().toExtend<ModesOf<{ layer: { forward(x: number): number } }>>();
  });

  test("a model with private children is passed as a Module", () => {
    class Hidden extends Module {
      private readonly dropout = new Dropout(0.1);
      isOn(): boolean {
        return this.dropout.deterministic !== true;
      }
    }
    const model = new Hidden();
    // @ts-expect-error a private property is not seen
    view(model, { deterministic: true });
    expectTypeOf(view(model as Module, { deterministic: true }) as Hidden).toEqualTypeOf<Hidden>();
  });
});

function viewOf<M extends Module>(model: M, modes: ModesOf<M>): M {
  return view(model, modes);
}

function evalViewOf<M extends Module>(model: M): M {
  // @ts-expect-error nothing says that M has the mode
  return view(model, { deterministic: true });
}

describe("generic helpers", () => {
  test("a helper hands on the modes of its model", () => {
    expectTypeOf(viewOf(new Dropout(0.1), { deterministic: true })).toEqualTypeOf<Dropout>();
    // @ts-expect-error a misspelt mode
    viewOf(new Dropout(0.1), { deterministc: true });
  });

  test("a helper with modes of its own checks them against the layers that have them", () => {
    type Modes = ViewArgs<typeof Dropout.viewOptions & typeof BatchNorm.viewOptions>;
    const modes = { deterministic: true, useRunningAverage: true } satisfies Modes;
    // @ts-expect-error a misspelt mode
    const misspelt = { deterministc: true } satisfies Modes;
    function evalView<M extends Module>(model: M): M {
      return view(model, modes, { raiseIfNotFound: false });
    }
    expectTypeOf(evalView(new Linear(2, 2, { rngs }))).toEqualTypeOf<Linear>();
    expectTypeOf(misspelt).toExtend<object>();
  });

  test("without raiseIfNotFound: false, its own modes do not compile for an unknown model", () => {
    expectTypeOf(evalViewOf).toBeFunction();
  });
});
