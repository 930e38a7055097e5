/** @file A run's event files, read by the package tensorboard. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { tensorBoard, train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { small } from "../loop/small.ts";

const SCRIPT = fileURLToPath(new URL("../../../../scripts/reference/check_tensorboard.py", import.meta.url));

/** A Python that has the package; undefined, with the reason printed, where there is none. */
function findPython(): string | undefined {
  const python = process.env["NNX_PYTHON"] ?? "python3";
  try {
    execFileSync(python, ["-c", "import tensorboard"], { stdio: "pipe" });
    return python;
  } catch (error) {
    const reason =
      `the tests against Python's tensorboard cannot run: ${python} has none ` +
      "(pip install tensorboard==2.21.0; NNX_PYTHON names another Python)";
    if (process.env["NNX_REQUIRE_PYTHON"]) throw new Error(reason, { cause: error });
    console.warn(`SKIPPED: ${reason}`);
    return undefined;
  }
}

interface Found {
  plugin: string;
  events: [step: number, seconds: number, value: unknown][];
}

const python = findPython();

test.skipIf(python === undefined)("tensorboard finds what a run has told and what was drawn", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nnx-board-"));
  const run = small({ epochs: 2 });
  const board = tensorBoard(folder, { clock: () => 1700000000.5 });
  const losses: number[] = [];
  const watch = [board, { event: (event: { type: string; metrics?: Record<string, unknown> }) => void (event.type === "log" && losses.push(event.metrics!["loss"] as number)) }]; // prettier-ignore
  await train({ ...run.training, watch }).run();
  run.dispose();
  const second = tensorBoard(folder, { clock: () => 1700000001 });
  using image = tf.ones([2, 3, 1]);
  await Promise.all([
    second.text("notes", "a *note*", 0),
    second.image("pictures", image, 1),
    second.histogram("weights", [0, 1, 2, 3], 2, { buckets: 2 }),
    second.scalar("after", 0.25, 3),
  ]);
  await second.close();
  const { stdout } = await promisify(execFile)(python!, [SCRIPT, folder]);
  await rm(folder, { recursive: true });
  const found = JSON.parse(stdout) as Record<string, Found>;
  expect(found["train/loss"]).toEqual({
    plugin: "scalars",
    events: losses.map((loss, i) => [i + 1, 1700000000.5, Math.fround(loss)]),
  });
  expect(losses).toHaveLength(10);
  expect(found["after"]).toEqual({ plugin: "scalars", events: [[3, 1700000001, 0.25]] });
  expect(found["weights"]).toEqual({
    plugin: "histograms",
    events: [[2, 1700000001, [[0, 1.5, 2], [1.5, 3, 2]]]], // prettier-ignore
  });
  expect(found["notes"]!.events[0]![2]).toEqual(["b'a *note*'"]);
  expect((found["pictures"]!.events[0]![2] as string[]).slice(0, 2)).toEqual(["b'3'", "b'2'"]);
});

test.skipIf(python === undefined)(
  "of a run that was aborted, then died, and went on twice it finds each step once, as of one without a break",
  async () => {
    const [folder, saved] = await Promise.all(
      ["board", "saved"].map((name) => mkdtemp(join(tmpdir(), `nnx-${name}-`))),
    );
    const losses: number[] = [];
    const whole = small();
    const on = { log: ({ metrics }: { metrics: { loss: number } }) => void losses.push(metrics.loss) };
    await train({ ...whole.training, on }).run();
    whole.dispose();

    let seconds = 1700000000;
    const controller = new AbortController();
    /** Aborted after step 4, dies after step 11, goes on after checkpoints of steps 4 and 8. */
    const interruptions = [
      (step: number) => step === 4 && controller.abort(),
      (step: number) => {
        if (step === 11) throw new Error("out of power");
      },
      () => {},
    ];
    const ends: string[] = [];
    for (const interrupt of interruptions) {
      const run = small();
      const board = tensorBoard(folder!, { clock: () => seconds++ });
      const to = new Checkpointer(saved!);
      const options = {
        ...run.training,
        checkpoint: { to, every: 4, resume: true },
        watch: [board],
        on: { log: ({ step }: { step: number }) => void interrupt(step) },
        ...(interrupt === interruptions[0] && { signal: controller.signal }),
      };
      const ended = train(options).run().then(({ reason }) => reason, (error: Error) => error.message); // prettier-ignore
      ends.push(await ended);
      await board.close();
      await to.wait();
      run.dispose();
    }
    expect(ends).toEqual(["aborted", "out of power", "finished"]);
    const { stdout } = await promisify(execFile)(python!, [SCRIPT, folder!]);
    await Promise.all([folder!, saved!].map((path) => rm(path, { recursive: true })));
    const { events } = (JSON.parse(stdout) as Record<string, Found>)["train/loss"]!;
    expect(events.map(([step, , loss]) => [step, loss])).toEqual(
      losses.map((loss, i) => [i + 1, Math.fround(loss)]),
    );
    expect(losses).toHaveLength(15);
  },
);
