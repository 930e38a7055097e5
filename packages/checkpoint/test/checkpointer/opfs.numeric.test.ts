/** @file Saving to the private file system of a page, from the backends of browsers. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { jit } from "@nnx-js/jit";
import { Linear, Param, Rngs, state, valueAndGrad, variables } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const isPage = typeof navigator === "object" && "storage" in navigator && "document" in globalThis;

function makeRun() {
  const rngs = new Rngs(4);
  const model = new Linear(6, 3, { rngs });
  return { model, optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }), rngs };
}
type Run = ReturnType<typeof makeRun>;

function plainStep({ model, optimizer, rngs }: Run): void {
  const x = rngs.normal([4, 6]);
  const [, grads] = valueAndGrad((model: Linear) => tf.mean(tf.square(model.forward(x))))(model);
  optimizer.update(model, grads);
}

async function valuesOf(run: Run): Promise<(readonly number[])[]> {
  return await Promise.all([...variables(run)].map(async ([, { value }]) => [...(await value.data())]));
}

describe.runIf(isPage).each([
  ["eager", plainStep],
  ["compiled", jit(plainStep)],
])("%s", (name, step) => {
  const train = (run: Run) => tf.tidy(() => step(run));

  test("steps that are saved while training goes on hold the values of the call, and no tensor is left over", async () => {
    const folder = `opfs:tests/${name}`;
    await using checkpointer = new Checkpointer(folder, { keep: 3 });
    const run = makeRun();
    train(run);
    train(run);
    await valuesOf(run);
    const before = tf.memory();
    const expected: (readonly number[])[][] = [];
    for (let i = 1; i <= 6; i++) {
      await checkpointer.save(i, run);
      // Another step of the same values, to compare with.
      expected[i] = await valuesOf(run);
      train(run);
      train(run);
    }
    await checkpointer.wait();
    await valuesOf(run);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });

    const other = makeRun();
    for (const saved of await checkpointer.steps()) {
      await checkpointer.restore(other, { step: saved });
      expect(await valuesOf(other)).toEqual(expected[saved]);
    }
    expect(await checkpointer.steps()).toEqual([4, 5, 6]);
    for (const each of [run, other]) for (const [, leaf] of state(each)) leaf.dispose();
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("tests", { recursive: true });
  });
});
