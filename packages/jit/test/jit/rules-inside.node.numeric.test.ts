import { jit } from "@nnx-js/jit";
import { customVjp, grad, Linear, Rngs, scan, type State, state, vjp } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { CLOSURES } from "../../../nn/test/transforms/derivatives/closures.ts";
import { Block } from "../../../nn/test/transforms/models.ts";
import { det } from "../../../nn/test/transforms/derivatives/models.ts";
import { derivativesOf, expectDerivatives, RULES_INSIDE } from "../../../nn/test/transforms/derivatives/rules-inside.ts"; // prettier-ignore

const isWebgpu = inject("backend") === "webgpu";
const TARGETS = isWebgpu ? (["webgpu"] as const) : (["wasm", "kernels"] as const);
// Software compiles some for a minute.
const CASES = [...RULES_INSIDE, ...CLOSURES].filter(({ name }) => !isWebgpu || name === "cond");

describe.each(TARGETS)("the target %s", (target) => {
  test.each(CASES)("a rule is for the innermost gradient: $name", async (item) => {
    using compiled = jit((x: tf.Tensor) => derivativesOf(item, x), { target, name: item.name });
    await expectDerivatives(item, compiled(det([4, 3], 0.9, 0.3)));
  });
});

test("a rule that closes over a Module, in loops and around them", async () => {
  const layer = new Linear(3, 3, { rngs: new Rngs(0) });
  const doubled = customVjp((x: tf.Tensor) => layer.forward(x), {
    forward: (x) => [layer.forward(x), undefined],
    backward: (_, g) => [tf.mul(2, tf.matMul(g, layer.kernel.value, false, true))],
  });
  const loss = (x: tf.Tensor) =>
    tf.sum(
      tf.square(
        scan((c: tf.Tensor, x: tf.Tensor) => [doubled(tf.add(c, x)), null] as const, tf.zeros([2, 3]), x)[0],
      ),
    );
  const derivatives = (x: tf.Tensor) => {
    const first = grad(loss);
    const second = grad((x: tf.Tensor) => tf.sum(tf.square(first(x))));
    const ofLayer = grad((layer: Linear) => tf.add(loss(x), tf.sum(layer.kernel.value)))(layer);
    return [first(x), second(x), ofLayer.leaf("kernel").value] as const;
  };
  using compiled = jit(derivatives, { name: "closing" });
  const x = det([2, 2, 3], 0.5);
  const found = compiled(x);
  for (const [i, expected] of derivatives(x).entries())
    await expect(found[i]!).toBeAllClose(expected, { rtol: 1e-4 });
  // What a rule closes over gets no gradient.
  await expect(found[2]).toBeAllClose(tf.ones([3, 3]));
});

test("a backward that runs the Module again, which leaves statistics and streams as they were", async () => {
  const doubled = customVjp((m: Block, x: tf.Tensor) => m.forward(x), {
    forward: (m, x) => [m.forward(x), [m, x] as const],
    backward: ([m, x], g) => {
      const [dm, dx] = vjp((m: Block, x: tf.Tensor) => m.forward(x), [m, x])[1](g);
      return [dm, tf.mul(dx, 2)];
    },
  });
  const turn = (m: Block) => (c: tf.Tensor, x: tf.Tensor) => [doubled(m, tf.add(c, x)), null] as const;
  const loop = (m: Block, xs: tf.Tensor) => scan(turn(m), tf.zeros([2, 3]), xs)[0];
  const written = (m: Block, xs: tf.Tensor) =>
    tf.unstack(xs).reduce((c, x) => turn(m)(c, x)[0], tf.zeros([2, 3]));
  const make = () => new Block(3, 0.3, { rngs: new Rngs(2) });
  const xs = det([3, 2, 3], 0.9);
  const gradients = (f: typeof loop) => (m: Block, xs: tf.Tensor) =>
    grad((m: Block, xs: tf.Tensor) => tf.sum(tf.square(f(m, xs))), { argnums: [0, 1] })(m, xs);
  const [plain, compiled] = [make(), make()];
  // The gradient of the bias before the normalisation is a difference of large numbers.
  const close = { rtol: 1e-4, atol: 1e-3 };
  const [dm, dx] = gradients(written)(plain, xs);
  using step = jit(gradients(loop), { name: "again" });
  const [dmCompiled, dxCompiled] = step(compiled, xs);
  await expect(dxCompiled).toBeAllClose(dx, close);
  const values = (of: State) => of.entries.map(([, leaf]) => ("value" in leaf ? leaf.value : leaf));
  for (const [found, expected] of [
    [values(dmCompiled), values(dm)],
    [values(state(compiled)), values(state(plain))],
  ] as const) {
    for (const [i, each] of expected.entries()) await expect(found[i]).toBeAllClose(each, close);
  }
  const { count } = compiled.dropout.rngs!;
  await expect(count.value).toBeAllClose([3]);
});
