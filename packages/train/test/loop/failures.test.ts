/** @file What is whole when a run fails. */
import { Checkpointer, StorageError } from "@nnx-js/checkpoint";
import { train, type Watcher } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkLeftovers } from "./recorder.ts";
import { small, valuesOf } from "./small.ts";

checkLeftovers();

describe("what fails", () => {
  test("a step that throws: the state is that after the step before", async () => {
    const run = small();
    let after: unknown;
    const step: typeof run.step = (batch) => {
      if (Number(run.data.position.step.value.dataSync()[0]) === 7) {
        // Half a step.
        run.model.bias!.value = tf.tensor1d([99]);
        throw new Error("no memory");
      }
      return run.step(batch);
    };
    const on = {
      log: async ({ step }: { step: number }) => void (step === 7 && (after = await valuesOf(run))),
    };
    const told: number[] = [];
    await expect(
      (async () => {
        for await (const { step: done } of train({ ...run.training, step, on })) told.push(done);
      })(),
    ).rejects.toThrow("no memory");
    // What was on its way is told all the same, with the state as it is again.
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await valuesOf(run)).toEqual(after);
    expect((after as { place: number[] }).place).toEqual([1, 8, 7]);
    run.dispose();
  });

  test.each([1, 3])("a NaN, read every %d steps: the state is the last good one", async (log) => {
    const whole = small();
    const values: unknown[] = [await valuesOf(whole)];
    for await (const batch of whole.data) {
      tf.dispose(tf.tidy(() => whole.step(batch)));
      values.push(await valuesOf(whole));
    }
    const run = small();
    const step: typeof run.step = (batch) => {
      const done = run.data.position.step.value.dataSync()[0];
      return done === 7 ? run.step({ ...batch, y: tf.mul(batch.y, NaN) }) : run.step(batch);
    };
    const failure = await train({ ...run.training, step, log }).run().catch((error: unknown) => error); // prettier-ignore
    const restored = log === 1 ? 7 : 5;
    expect(failure).toMatchObject({
      name: "NonFiniteError",
      code: "non-finite",
      metric: "loss",
      value: NaN,
      step: 8,
      badStep: 8,
      restoredStep: restored,
    });
    expect((failure as Error).message).toMatch(
      new RegExp(
        `^train: loss is NaN in ${log === 1 ? "step 8" : "step 8, the first of steps 6 to 8 that is not in order"}, epoch 1\\. The state has the values of step ${restored} again\\. Lower`,
      ),
    );
    expect(await valuesOf(run)).toEqual(values[restored]);
    await train(run.training).run();
    expect(await valuesOf(run)).toEqual(values.at(-1));
    whole.dispose();
    run.dispose();
  });

  test("a NaN is not saved, and is let through where that is wanted", async () => {
    const run = small({ epochs: 1 });
    const step = () => (run.step, { loss: NaN });
    const folder = await mkdtemp(join(tmpdir(), "train-"));
    const to = new Checkpointer(folder);
    const options = { ...run.training, step, log: 100, checkpoint: { to, every: 2 } };
    await expect(train(options).run()).rejects.toThrow("loss is NaN in step 1, the first of steps 1 to 2");
    expect(await to.steps()).toEqual([]);
    await train({ ...options, nonFinite: "ignore" }).run();
    expect(await to.steps()).toEqual([2, 4]);
    await rm(folder, { recursive: true });
    run.dispose();
  });

  test("what steps give is checked", async () => {
    const failing = (step: () => unknown) => train({ data: [1], step: step as () => number }).run();
    await expect(failing(async () => 1)).rejects.toThrow("train: step: expected figures, got a promise.");
    await expect(failing(() => "a")).rejects.toThrow(
      'expected the loss, figures by name or nothing, got "a"',
    );
    await expect(failing(() => ({ loss: tf.zeros([2]) }))).rejects.toThrow(
      "expected a scalar for loss, got a float32 tensor of shape [2]. Write loss: tf.mean(loss).",
    );
  });

  test("a full disk, of a watcher and of checkpoints: the state is whole, and training goes on", async () => {
    const whole = small();
    await train(whole.training).run();
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const run = small();
    const watch: Watcher = {
      event: async ({ type, step }) => {
        if (type === "log" && step === 4) throw full;
      },
    };
    await expect(train({ ...run.training, watch }).run()).rejects.toBe(full);
    expect((await valuesOf(run)).place).toEqual([1, 0, 5]);

    const directory = {
      label: "full",
      writer: "test",
      list: async () => [],
      create: async () => ({
        write: async () => Promise.reject(full),
        sync: async () => {},
        close: async () => {},
      }),
      rename: async () => {},
      sync: async () => {},
      open: async () => Promise.reject(full),
      delete: async () => {},
      isAlive: async () => false,
      close: async () => {},
    };
    const to = new Checkpointer(directory);
    const failure = await train({ ...run.training, checkpoint: { to, every: 2 } }).run().catch((error: unknown) => error); // prettier-ignore
    expect(failure).toBeInstanceOf(StorageError);
    expect((failure as Error).message).toContain("step 6 could not be written to full: ENOSPC");
    await to.wait().catch(() => {});
    await train(run.training).run();
    expect(await valuesOf(run)).toEqual(await valuesOf(whole));
    whole.dispose();
    run.dispose();
  });
});
