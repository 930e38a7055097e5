/** @file `withAttributes`: which attributes are set, and which names are refused. */
import { BatchNorm, Dropout, Linear, List, Module, Param, PathContains, Rngs, Sequential } from "@nnx-js/nn";
import { UnknownAttributeError, withAttributes } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Noisy extends Module {
  readonly linear: Linear;
  training: boolean | undefined;
  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.linear = new Linear(2, 2, { rngs });
    this.training = undefined;
  }
}

class Leaf extends Module {
  on = false;
}

const errorOf = (fn: () => unknown): Error => {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

describe("withAttributes", () => {
  test("sets an attribute of every Module that has it, in a copy that shares the Variables", () => {
    const rngs = new Rngs(0);
    const model = { a: new Noisy({ rngs }), b: [new Noisy({ rngs })] };
    const training = withAttributes(model, { training: true });
    expect([training.a.training, training.b[0]?.training]).toEqual([true, true]);
    expect(model.a.training).toBeUndefined();
    expect(training.a.linear.kernel).toBe(model.a.linear.kernel);
  });

  test("creates no attribute", () => {
    const model = new Noisy({ rngs: new Rngs(0) });
    expect(withAttributes(model, { training: true }).linear).not.toHaveProperty("training");
  });

  test("changes those Modules that `only` selects", () => {
    const rngs = new Rngs(0);
    const model = new Sequential(new Dropout(0.1), new BatchNorm(2, { rngs }));
    const copy = withAttributes(
      model,
      { deterministic: true, epsilon: 1 },
      { only: Dropout, raiseIfNotFound: false },
    );
    expect(copy.layers[0].deterministic).toBe(true);
    expect(copy.layers[1].epsilon).toBe(1e-5);
  });

  test("counts every path of a shared Module", () => {
    const shared = new Noisy({ rngs: new Rngs(0) });
    const copy = withAttributes({ a: shared, b: shared }, { training: true }, { only: PathContains("b") });
    expect(copy.a.training).toBe(true);
    expect(copy.a).toBe(copy.b);
  });

  test("changes Modules only: an Rngs and containers keep what they have", () => {
    class Holder extends Module {
      readonly rngs = new Rngs(0);
      readonly options = { tag: "mine", kernel: new Param(tf.scalar(1)) };
      tag = "module";
    }
    const copy = withAttributes(new Holder(), { tag: "changed" });
    expect(copy.tag).toBe("changed");
    expect(copy.rngs.stream().tag).toBe("default");
    expect(copy.options.tag).toBe("mine");
  });

  test("replaces a Variable in the copy only", () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const { kernel } = model;
    const zero = new Param(tf.zeros([2, 2]));
    expect(withAttributes(model, { kernel: zero }).kernel).toBe(zero);
    expect(model.kernel).toBe(kernel);
  });

  test("runs inherited setters, on the copy, and shadows what a prototype holds", () => {
    class Base extends Module {
      half = 1;
      declare readonly kind: string;
      get whole(): number {
        return this.half * 2;
      }
      set whole(value: number) {
        this.half = value / 2;
      }
    }
    Object.defineProperty(Base.prototype, "kind", { value: "base", writable: true });
    class Derived extends Base {}
    const model = new Derived();
    const copy = withAttributes(model, { whole: 6, kind: "other" });
    expect([copy.half, model.half]).toEqual([3, 1]);
    expect([copy.kind, model.kind]).toEqual(["other", "base"]);
  });

  test("sets undefined and null as they are", () => {
    const model = withAttributes(new Noisy({ rngs: new Rngs(0) }), { training: true });
    expect(withAttributes(model, { training: undefined }).training).toBeUndefined();
    expect(withAttributes(model, { training: null }).training).toBeNull();
  });

  test("keeps cycles and shared modules in shape", () => {
    class Ring extends Leaf {
      ring: Ring | undefined;
    }
    const ring = new Ring();
    ring.ring = ring;
    const copy = withAttributes(ring, { on: true });
    expect(copy.ring).toBe(copy);
    expect([copy.on, ring.on]).toEqual([true, false]);
  });
});

describe("a name that no Module has", () => {
  const model = new List<Module>([new Leaf(), new Dropout(0.1)]);

  test("is an error that lists such names, sorted, and the near miss", () => {
    const error = errorOf(() => withAttributes(model, { zzz: 1, determinstic: true, on: true }));
    expect(error).toBeInstanceOf(UnknownAttributeError);
    expect(error.message).toMatchInlineSnapshot(
      `"withAttributes: no selected Module has the attributes determinstic, zzz. Did you mean deterministic by determinstic? Attributes are changed, never created; pass { raiseIfNotFound: false } to ignore those that are missing."`,
    );
  });

  test("is ignored with raiseIfNotFound: false, while the others are set", () => {
    const copy = withAttributes(model, { zzz: 1, on: true }, { raiseIfNotFound: false });
    expect(copy[0]).toMatchObject({ on: true });
    expect(copy).not.toHaveProperty("zzz");
  });

  test("counts as missing when only what all Modules have is called so", () => {
    for (const name of ["constructor", "toString", "dispose", "hasOwnProperty", "__proto__"]) {
      expect(() => withAttributes(model, Object.fromEntries([[name, 1]]))).toThrow(UnknownAttributeError);
    }
  });
});

describe("an attribute that can only be read", () => {
  test("is an error that names the Module", () => {
    class Wide extends Module {
      get width(): number {
        return 3;
      }
    }
    const error = errorOf(() => withAttributes(new List([new Wide()]), { width: 4 }));
    expect(error).toBeInstanceOf(UnknownAttributeError);
    expect(error.message).toMatchInlineSnapshot(
      `"withAttributes: 0 (Wide): width can only be read. Add \`set width(value)\`, set the attribute that it is computed from, or leave the module out by a filter."`,
    );
  });
});

test("attributes that are no object are refused", () => {
  expect(() => withAttributes(new List(), "training" as unknown as Record<string, unknown>)).toThrow(
    'expected an object such as { training: true } as the second argument, got "training".',
  );
});
