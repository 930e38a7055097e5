/** @file The guide's training, run by the runner on one device and on eight, and gone on with in Node. */
import { loadModel, readSafetensors, saveModel, saveSafetensors, writeSafetensors } from "@nnx-js/checkpoint";
import golden from "@nnx-js/testing/golden/guide.json" with { type: "json" };
import { view } from "@nnx-js/view";
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MyModel } from "../../../examples/src/guide/model.ts";
import { GUIDE, type GuideSetup, plainTrainStep, setUpGuide } from "../../../examples/src/guide/training.ts";
import { exportStableHlo } from "../../src/index.ts";
import { findPython, runPython } from "./python.ts";

const python = findPython();
const STEPS_OF_EPOCH = GUIDE.ndata / GUIDE.batchSize;
/** After how many steps Node goes on, and how many it does. */
const [SAVED, MORE] = [640, 64];
/** How many steps eight devices do. */
const SHORT = 192;

const evaluate = (model: MyModel, x: tf.Tensor, y: tf.Tensor) =>
  tf.mean(tf.square(tf.sub(model.forward(x), y)));

/** A tensor without values. */
function spec(...shape: number[]): tf.Tensor {
  return { shape, dtype: "float32" } as unknown as tf.Tensor;
}

/** The batch of a step, counted from 0. */
function batchOf({ x, y }: GuideSetup, step: number): [tf.Tensor, tf.Tensor] {
  const from = (step % STEPS_OF_EPOCH) * GUIDE.batchSize;
  return [tf.slice(x, from, GUIDE.batchSize), tf.slice(y, from, GUIDE.batchSize)];
}

let folder = "";

/** What the runner logs for some arguments; each call has a folder of its own for what it writes. */
async function run(name: string, args: readonly string[], input?: Uint8Array) {
  const out = join(folder, name);
  const command = ["-m", "nnx_js_runner", folder, "--out", out, "--log-every", "64", ...args];
  await runPython(python!, command, {}, input);
  const text = await readFile(join(out, "log.jsonl"), "utf8");
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { step: number; output: number; evaluation?: true });
  return {
    out,
    losses: lines.filter((line) => !line.evaluation).map(({ output }) => output),
    evaluations: lines.filter((line) => line.evaluation).map(({ output }) => output),
  };
}

function checkpoint(out: string, step: number): string {
  return join(out, `step-${String(step).padStart(8, "0")}.safetensors`);
}

function furthest(found: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)));
}

describe.skipIf(!python)("the guide's training", () => {
  let one: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nnx-training-"));
    const { rngs, x, y, model, optimizer } = setUpGuide();
    const trainModel = view(model, { deterministic: false });
    const batch = [spec(GUIDE.batchSize, GUIDE.inDim), spec(GUIDE.batchSize, GUIDE.outDim)] as const;
    const step = await exportStableHlo(plainTrainStep, [trainModel, optimizer, ...batch, rngs]);
    const judge = await exportStableHlo(evaluate, [view(model, { deterministic: true }), x, y]);
    await writeFile(join(folder, "step.mlir"), step);
    await writeFile(join(folder, "eval.mlir"), judge);
    await saveModel({ model, optimizer, rngs }, join(folder, "state.safetensors"));
    await saveSafetensors({ x, y }, join(folder, "data.safetensors"));
    await saveSafetensors({ x, y }, join(folder, "eval.safetensors"));
    one = await run("one", ["--steps", "6400", "--save-every", String(SAVED)]);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("gives Flax's losses of the first epoch, and its curve", () => {
    expect(one.losses.length).toBe(6400);
    expect(one.evaluations.length).toBe(100);
    expect(furthest(one.losses, golden.first_epoch_losses)).toBeLessThan(1e-5);
    expect(furthest(one.evaluations, golden.eval_results)).toBeLessThan(2e-4);
  });

  test("goes on in Node where it stopped", async () => {
    const [setup, unbroken] = [setUpGuide(7), setUpGuide()];
    const { model, optimizer, rngs } = setup;
    const report = await loadModel({ model, optimizer, rngs }, checkpoint(one.out, SAVED));
    expect(report).toMatchObject({ missing: [], unexpected: [] });
    const step = jit(plainTrainStep);
    const trained = view(unbroken.model, { deterministic: false });
    for (let i = 0; i < SAVED; i++)
      tf.tidy(() => step(trained, unbroken.optimizer, ...batchOf(unbroken, i), unbroken.rngs));
    const resumed = view(model, { deterministic: false });
    for (let i = SAVED; i < SAVED + MORE; i++) {
      const [loss, expected] = tf.tidy(() => {
        const batch = batchOf(unbroken, i);
        return [
          step(resumed, optimizer, ...batch, rngs).dataSync()[0]!,
          step(trained, unbroken.optimizer, ...batch, unbroken.rngs).dataSync()[0]!,
        ];
      });
      expect(Math.abs(loss - expected), `step ${i}`).toBeLessThan(2e-5);
      expect(Math.abs(loss - one.losses[i]!), `step ${i}`).toBeLessThan(2e-5);
    }
    step.dispose();
  });

  test("gives the same on eight devices, with the batch divided", { timeout: 120_000 }, async () => {
    const hlo = join(folder, "eight.hlo");
    const eight = await run("eight", ["--devices", "8", "--steps", String(SHORT), "--hlo", hlo]);
    expect(await readFile(hlo, "utf8")).toContain("all-reduce");
    expect(eight.losses.length).toBe(SHORT);
    expect(furthest(one.losses.slice(0, SHORT), eight.losses)).toBeLessThan(1e-4);
    expect(furthest(one.evaluations.slice(0, SHORT / 64), eight.evaluations)).toBeLessThan(1e-4);
  });

  test(
    "and with a matrix and its moments divided, from a checkpoint and a pipe",
    { timeout: 120_000 },
    async () => {
      const hlo = join(folder, "divided.hlo");
      const setup = setUpGuide();
      const batches: Uint8Array[] = [];
      for (let i = SAVED; i < SAVED + MORE; i++) {
        const [x, y] = batchOf(setup, i);
        batches.push(await writeSafetensors({ x, y }));
      }
      const sharding = [
        "--devices",
        "8",
        "--mesh",
        "data=4,model=2",
        "--shard",
        String.raw`lin1\.kernel$=-,model`,
      ];
      const divided = await run(
        "divided",
        ["--state", checkpoint(one.out, SAVED), "--data", "-", "--hlo", hlo, ...sharding],
        Buffer.concat(batches),
      );
      // Each device has half of the columns.
      expect(await readFile(hlo, "utf8")).toMatch(/f32\[16,16\]\S* parameter/);
      expect(divided.losses.length).toBe(MORE);
      expect(furthest(one.losses.slice(SAVED, SAVED + MORE), divided.losses)).toBeLessThan(1e-4);
      const last = await readSafetensors(checkpoint(divided.out, SAVED + MORE));
      expect(last.metadata["step"]).toBe(String(SAVED + MORE));
      // The whole matrix.
      expect(last.info("model.lin1.kernel").shape).toEqual([16, 32]);
      await last.close();
    },
  );
});
