/** @file Training that is saved while it goes on, and goes on from what was saved. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { jit } from "@nnx-js/jit";
import {
  BatchNorm,
  Dropout,
  Linear,
  Param,
  relu,
  Rngs,
  Sequential,
  state,
  valueAndGrad,
  variables,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "training-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** All that a run is made of, from one seed. */
function makeRun(seed: number) {
  const rngs = new Rngs(seed);
  const model = new Sequential(
    new Linear(5, 16, { rngs }),
    new BatchNorm(16, { rngs }),
    (x: tf.Tensor) => relu(x),
    new Dropout(0.3, { rngs }),
    new Linear(16, 2, { rngs }),
  );
  return { model, optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }), rngs };
}
type Run = ReturnType<typeof makeRun>;

function plainStep({ model, optimizer, rngs }: Run): tf.Tensor {
  const x = rngs.normal([8, 5]);
  const [loss, grads] = valueAndGrad((model: Run["model"]) => tf.mean(tf.square(model.forward(x))))(model);
  optimizer.update(model, grads);
  return loss;
}
const compiledStep = jit(plainStep);

async function valuesOf(run: Run): Promise<Record<string, readonly number[]>> {
  const entries = [...variables(run)].map(async ([path, variable]) => {
    return [path.join("."), [...(await variable.value.data())]] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** GPUs keep buffers for a while. */
function memory() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
}

describe.each([
  ["eager", plainStep],
  ["compiled", compiledStep],
])("%s", (_name, step) => {
  /** Steps that leave nothing behind, with what `between` does after each. */
  async function train(run: Run, from: number, to: number, between?: (step: number) => Promise<void> | void) {
    for (let i = from; i <= to; i++) {
      tf.tidy(() => void step(run));
      await between?.(i);
    }
  }
  const dispose = (run: Run) => {
    for (const [, leaf] of state(run)) leaf.dispose();
  };

  test("with background saves is the same bit for bit, and goes on from them in the same way", async () => {
    const plain = makeRun(1);
    await train(plain, 1, 20);
    const expected = await valuesOf(plain);

    const saved = makeRun(1);
    await using checkpointer = new Checkpointer(folder, { onWarning: () => {} });
    // One step of training after the other without a pause: the file has the values of the call.
    await train(saved, 1, 20, (i) => {
      void checkpointer.save(i, saved);
      return i % 4 === 0 ? checkpointer.wait() : undefined;
    });
    await checkpointer.wait();
    expect(await valuesOf(saved)).toEqual(expected);

    const steps = await checkpointer.steps();
    expect(steps.length).toBeGreaterThan(8);
    for (const from of [steps[1]!, 12]) {
      const resumed = makeRun(2);
      await train(resumed, 1, 3);
      expect(await checkpointer.restore(resumed, { step: from })).toMatchObject({ step: from });
      await train(resumed, from + 1, 20);
      expect(await valuesOf(resumed)).toEqual(expected);
      dispose(resumed);
    }
    dispose(plain);
    dispose(saved);
  });

  test("leaves no tensor behind, and memory is flat over many saves", async () => {
    const run = makeRun(1);
    await using checkpointer = new Checkpointer(folder, { keep: 1 });
    await train(run, 1, 2);
    // A read leaves a tensor of what a compiled step keeps, until the next one: a save does not.
    const before = memory();
    await checkpointer.save(0, run);
    await checkpointer.wait();
    expect(memory()).toEqual(before);
    await train(run, 1, 25, (i) => checkpointer.save(i, run));
    await checkpointer.wait();
    expect(memory()).toEqual(before);
    dispose(run);
  });

  test("goes on while a save fails", async () => {
    const [plain, saved] = [makeRun(3), makeRun(3)];
    await train(plain, 1, 7);
    await train(saved, 1, 1);
    const checkpointer = new Checkpointer(join(folder, "file", "runs"));
    await using other = new Checkpointer(folder);
    await other.save(1, saved);
    await other.wait();
    await writeFile(join(folder, "file"), "");
    const { numTensors } = tf.memory();
    let failures = 0;
    await train(saved, 2, 7, async (i) => {
      try {
        await checkpointer.save(i, saved);
        await checkpointer.wait();
      } catch {
        failures++;
      }
    });
    expect(failures).toBe(6);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await valuesOf(saved)).toEqual(await valuesOf(plain));
    dispose(plain);
    dispose(saved);
  });
});
