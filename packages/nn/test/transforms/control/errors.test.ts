/** @file What loops and branches refuse, eagerly and while a function is recorded alike. */
import {
  cond,
  foriLoop,
  grad,
  Linear,
  Module,
  Rngs,
  scan,
  switchCase,
  Variable,
  whileLoop,
} from "@nnx-js/nn";
import { recordBody } from "@nnx-js/nn/trace";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { caseOf } from "./cases.ts";

const recording = (fn: () => unknown) =>
  recordBody(
    () => {
      fn();
      return null;
    },
    [],
    { caller: "test", name: "test" },
  ).dispose();

class Counting extends Module {
  static override readonly name: string = "Counting";
  readonly calls = new Variable(tf.scalar(0, "int32"));
}

const zeros = (): tf.Tensor => tf.zeros([2]);
const rows = () => tf.zeros([3, 2]);

describe.each([
  ["eagerly", (fn: () => unknown) => void fn()],
  ["recorded", recording],
])("%s", (_, run) => {
  /** What is said about `fn`. */
  const said = (fn: () => unknown): string => {
    try {
      run(fn);
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };

  test("a carry of foriLoop, by its name", () => {
    const grown = () => foriLoop(0, 2, (_, c: tf.Tensor) => tf.concat([c, c]), zeros());
    expect(said(grown)).toMatch(/^foriLoop\(anonymous\): the carry: expected what came in, float32\[2\]/);
  });

  test("a carry of foriLoop whose bounds are tensors, by its name", () => {
    const turns = tf.scalar(2, "int32");
    const grown = () =>
      foriLoop(
        0,
        turns,
        function grow(_: tf.Scalar, c: { h: tf.Tensor }) {
          return { h: tf.concat([c.h, c.h]) };
        },
        { h: zeros() },
      );
    expect(said(grown)).toMatch(
      /^foriLoop\(grow\): the carry at h: expected what came in, float32\[2\], found float32\[4\]/,
    );
    const f = (x: tf.Tensor) => foriLoop(0, turns, (_, v: tf.Tensor) => tf.mul(v, 2), x);
    expect(said(() => grad(f)(tf.scalar(1)))).toMatch(/^foriLoop\(anonymous\): expected no gradient/);
    expect(said(() => foriLoop(0, turns, (_, c) => c, 1 as never))).toMatch(
      /^foriLoop\(anonymous\): the carry: expected tensors/,
    );
  });

  test("a Variable that a turn would make another, with its path", () => {
    const model = new Counting();
    const before = model.calls.value;
    const write = (model: Counting) => {
      model.calls.value = tf.ones([]);
    };
    const found =
      "expected a Variable that keeps its shape and dtype, int32[], found float32[] written to it";
    expect(
      said(() =>
        scan(
          (c: { model: Counting; x: tf.Tensor }, x: tf.Tensor) => {
            write(c.model);
            return [c, x] as const;
          },
          { model, x: zeros() },
          rows(),
        ),
      ),
    ).toContain(`model.calls (Variable): scan(anonymous): ${found}`);
    const counting = (bound: number | tf.Tensor) => () =>
      foriLoop(
        0,
        bound,
        (_, c: { model: Counting; x: tf.Tensor }) => {
          write(c.model);
          return c;
        },
        { model, x: zeros() },
      );
    for (const bound of [2, tf.scalar(2, "int32")])
      expect(said(counting(bound))).toContain(`model.calls (Variable): foriLoop(anonymous): ${found}`);
    expect(
      said(() =>
        whileLoop(
          (v: tf.Tensor) => tf.less(tf.sum(v), 3),
          (v) => {
            model.calls.value = tf.zeros([2], "int32");
            return tf.add(v, 1);
          },
          zeros(),
        ),
      ),
    ).toContain(
      "whileLoop(anonymous): expected a Variable that keeps its shape and dtype, int32[], found int32[2]",
    );
    expect(
      said(() =>
        cond(
          tf.scalar(true, "bool"),
          (model: Counting) => write(model) ?? null,
          () => null,
          model,
        ),
      ),
    ).toContain(`calls (Variable): cond: ${found}`);
    expect(model.calls.value).toBe(before);
    expect(before.isDisposed).toBe(false);
  });

  test("a carry that changes its shape, dtype or structure", () => {
    for (const name of ["shape", "dtype", "structure"]) {
      expect(caseOf(`error.scan.carry_${name}`)["error"]).not.toBeNull();
    }
    expect(
      said(() =>
        scan(
          function step(c: tf.Tensor, x: tf.Tensor) {
            return [tf.concat([c, c]), x] as const;
          },
          zeros(),
          rows(),
        ),
      ),
    ).toContain(
      "scan(step): the carry: expected what came in, float32[2], found float32[4] in what the function returned.",
    );
    expect(
      said(() =>
        scan(
          (c: { h: tf.Tensor[] }) => [{ h: [c.h[0]!, tf.greater(c.h[1]!, 0)] }, null],
          { h: [zeros(), zeros()] },
          rows(),
        ),
      ),
    ).toContain(
      "the carry at h.1: expected what came in, float32[2], found bool[2] in what the function returned",
    );
    expect(
      said(() => scan((c: unknown, x: tf.Tensor) => [[c, c], x] as const, zeros() as unknown, rows())),
    ).toContain("the carry: expected what came in, float32[2], found 2 values below it");
  });

  test("sequences that do not fit", () => {
    expect(
      said(() =>
        scan((c: tf.Tensor) => [c, c] as const, tf.scalar(0), { a: tf.zeros([3]), b: tf.zeros([4]) }),
      ),
    ).toContain("xs at b: expected 3 slices, as xs at a has, found 4 in float32[4]");
    expect(
      said(() => scan((c: tf.Tensor) => [c, c] as const, tf.scalar(0), tf.zeros([3]), { length: 5 })),
    ).toContain("as the option length says, 5, found 3 in xs");
    expect(said(() => scan((c: tf.Tensor) => [c, c] as const, tf.scalar(0), tf.scalar(1)))).toContain(
      "expected a tensor with an axis for the turns, found float32[]",
    );
    expect(said(() => scan((c: tf.Tensor) => [c, c] as const, tf.scalar(0), null))).toContain(
      "found neither",
    );
    expect(said(() => scan((c: tf.Tensor) => c as never, tf.scalar(0), tf.zeros([3])))).toContain(
      "expected a function that returns [carry, y], found float32[]",
    );
    expect(said(() => scan((c: number) => [c, null] as const, 0, tf.zeros([3])))).toContain(
      'found the number 0. Write tf.scalar(0), or tf.scalar(0, "int32")',
    );
    expect(
      said(() =>
        scan((c: tf.Tensor) => [c, c] as const, tf.scalar(0), tf.zeros([3]), { lenght: 3 } as object),
      ),
    ).toContain("Did you mean length?");
  });

  test("branches that give something else", () => {
    const x = tf.zeros([5, 3]);
    const yes = tf.scalar(true, "bool");
    expect(
      said(() =>
        cond(
          yes,
          (x: tf.Tensor) => [null, x],
          (x) => [null, tf.slice(x, 0, 1)],
          x,
        ),
      ),
    ).toContain(
      "cond: the result at 1: expected as falseFn gives, float32[1, 3], found float32[5, 3] in trueFn",
    );
    expect(
      said(() =>
        cond(
          yes,
          (x: tf.Tensor): unknown => [x, x],
          (x) => x,
          x,
        ),
      ),
    ).toContain("cond: the result");
    expect(
      said(() =>
        switchCase(tf.scalar(0, "int32"), [(x: tf.Tensor) => x, (x: tf.Tensor) => tf.cast(x, "int32")], x),
      ),
    ).toContain(
      "switchCase: the result: expected as branch 0 gives, float32[5, 3], found int32[5, 3] in branch 1",
    );
    expect(
      said(() =>
        cond(
          tf.ones([2], "bool"),
          (x: tf.Tensor) => x,
          (x) => x,
          x,
        ),
      ),
    ).toContain("found bool[2]. Reduce it");
    expect(said(() => switchCase(tf.scalar(1), [(x: tf.Tensor) => x], x))).toContain("found float32[]");
    expect(said(() => switchCase(0, []))).toContain("found none");
  });

  test("conditions that are none, and carries that change", () => {
    expect(
      said(() =>
        whileLoop(
          (v: tf.Tensor) => tf.less(v, 3),
          (v) => tf.add(v, 1),
          zeros(),
        ),
      ),
    ).toContain("expected a condition that is a bool scalar, found bool[2]");
    expect(
      said(() =>
        whileLoop(
          (v: tf.Tensor) => tf.less(tf.sum(v), 3),
          (v) => tf.concat([v, v]),
          zeros(),
        ),
      ),
    ).toContain("the carry: expected what came in, float32[2], found float32[4]");
    expect(
      said(() => foriLoop(0, tf.scalar(2, "int32"), (_, c: tf.Tensor) => tf.concat([c, c]), zeros())),
    ).toContain("foriLoop(anonymous): the carry: expected what came in, float32[2], found float32[4]");
    expect(said(() => foriLoop(0, 1.5, (_, c: tf.Tensor) => c, zeros()))).toContain("found the number 1.5");
  });

  test("a gradient through a loop whose turns depend on values", () => {
    const f = (x: tf.Tensor) =>
      whileLoop(
        (v: tf.Tensor) => tf.less(v, 10),
        (v) => tf.mul(v, 2),
        x,
      );
    expect(said(() => grad(f)(tf.scalar(1)))).toContain(
      "whileLoop(anonymous): expected no gradient through it",
    );
  });
});

test("a Variable that would become another in a branch, with its path", () => {
  const model = new Counting();
  const write = (model: Counting) => {
    model.calls.value = tf.ones([]);
    return null;
  };
  expect(() => recording(() => cond(tf.scalar(true, "bool"), write, () => null, model))).toThrow(
    "calls (Variable): cond: expected a Variable that keeps its shape and dtype, int32[], found float32[]",
  );
  expect(model.calls.dtype).toBe("int32");
});

test("a turn that throws leaves Variables as they were, and no tensors", () => {
  const stack = new Linear(2, 2, { rngs: new Rngs(0) });
  stack.kernel.value = tf.stack([stack.kernel.value, stack.kernel.value]);
  stack.bias!.value = tf.zeros([2, 2]);
  const before = stack.kernel.value;
  const xs = tf.zeros([2]);
  const init: tf.Tensor = tf.scalar(0);
  const { numTensors } = tf.memory();
  let turns = 0;
  expect(() =>
    scan(
      (c: tf.Tensor, [, layer]: [tf.Tensor, Linear]) => {
        layer.kernel.value = tf.add(layer.kernel.value, 1);
        if (++turns === 2) throw new Error("no more");
        return [tf.add(c, 1), null] as const;
      },
      init,
      [xs, stack] as [tf.Tensor, Linear],
    ),
  ).toThrow("no more");
  expect(stack.kernel.value).toBe(before);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test("loops within loops write slices of a stack of layers", () => {
  const stack = new Linear(2, 2, { rngs: new Rngs(0) });
  stack.kernel.value = tf.zeros([3, 2, 2]);
  stack.bias!.value = tf.zeros([3, 2]);
  scan(
    (c: tf.Tensor, layer: Linear) => {
      const turn = (_: tf.Scalar, c: tf.Tensor) => {
        layer.kernel.value = tf.add(layer.kernel.value, c);
        return tf.add(c, 1);
      };
      return [foriLoop(0, 2, turn, c), null] as const;
    },
    tf.scalar(1) as tf.Tensor,
    stack,
  );
  expect([...tf.max(stack.kernel.value, [1, 2]).dataSync()]).toEqual([3, 7, 11]);
});

test("branches that are unequal leave no tensors", () => {
  const [pred, x] = [tf.scalar(true, "bool"), zeros()];
  const { numTensors } = tf.memory();
  expect(() =>
    cond(
      pred,
      (x: tf.Tensor) => x,
      (x) => tf.concat([x, x]),
      x,
    ),
  ).toThrow("cond: the result");
  expect(tf.memory().numTensors).toBe(numTensors);
});

test("what is left is the result", () => {
  const xs = tf.tensor2d([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
  const init = tf.zeros<tf.Rank>([2]);
  const { numTensors } = tf.memory();
  const [last, ys] = scan((c: tf.Tensor, x: tf.Tensor) => [tf.add(c, x), tf.mul(c, x)] as const, init, xs);
  expect([...last.dataSync()]).toEqual([9, 12]);
  expect(ys.shape).toEqual([3, 2]);
  expect(tf.memory().numTensors).toBe(numTensors + 2);
  const counted = foriLoop(2, 5, (i, c: tf.Tensor) => tf.add(c, tf.cast(i, "float32")), init);
  expect([...counted.dataSync()]).toEqual([9, 9]);
  expect(tf.memory().numTensors).toBe(numTensors + 3);
  const least = whileLoop(
    (v: tf.Tensor) => tf.less(tf.sum(v), 10),
    (v) => tf.add(v, 1),
    init,
  );
  expect([...least.dataSync()]).toEqual([5, 5]);
  const taken = cond(
    tf.scalar(true, "bool"),
    (x: tf.Tensor) => tf.add(x, 1),
    (x) => x,
    init,
  );
  expect([...taken.dataSync()]).toEqual([1, 1]);
  // The predicate is the caller's.
  expect(tf.memory().numTensors).toBe(numTensors + 6);
});

test("no turns", () => {
  const run = () =>
    scan(
      (c: tf.Tensor, x: tf.Tensor) => [tf.add(c, 1), tf.stack([x, x])] as const,
      tf.scalar(3),
      tf.zeros([0, 2]),
    );
  const [last, ys] = run();
  expect(last.dataSync()[0]).toBe(3);
  expect(ys.shape).toEqual([0, 2, 2]);
});

test.each([
  ["null", null, "expected an object of options, found null"],
  ["a number", 8, "expected an object of options, found the number 8"],
  ["a text for reverse", { reverse: "yes" }, 'expected true or false for reverse, found the string "yes"'],
  ["a name that there is not", { lenght: 3 }, "Did you mean length?"],
])("options of scan: %s", (_what, options, message) => {
  const run = () => scan((c: tf.Tensor, x: tf.Tensor) => [c, x], zeros(), rows(), options as object);
  expect(run).toThrow(message);
});

test("an index that is no number", () => {
  expect(() => switchCase(NaN, [() => 1])).toThrow("found the number NaN");
});
