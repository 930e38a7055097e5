/** @file Training in a worker: here its two sides are in one process, with messages between them. */
import { type EndEvent, history, serveTraining, train, trainInWorker, type TrainingWorker, type WorkerContext } from "@nnx-js/train"; // prettier-ignore
import { setTimeout } from "node:timers/promises";
import { Worker as NodeWorker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brief, checkLeftovers, recorder } from "../loop/recorder.ts";
import { small } from "../loop/small.ts";

checkLeftovers();

let held: ReturnType<typeof small>;
beforeAll(() => {
  held = small();
});
/** Ends runs that nobody ends any more: what is no worker is not terminated. */
const over = new AbortController();
afterAll(() => {
  over.abort();
  held.dispose();
});

type Run = (input: never, context: WorkerContext) => EndEvent | Promise<EndEvent>;

/** A worker that is none; `kill` makes it fall silent. */
function workerOf(run: Run | undefined) {
  const { port1, port2 } = new MessageChannel();
  const terminated: boolean[] = [];
  const worker = {
    postMessage: (message: unknown) => port1.postMessage(message),
    addEventListener: (type: string, listener: (event: never) => void) =>
      port1.addEventListener(type, listener as unknown as EventListener),
    terminate: () => {
      terminated.push(true);
      port1.close();
    },
  };
  if (run) serveTraining(run, port2 as never);
  port1.start();
  return { worker: worker as TrainingWorker, terminated, kill: () => port2.close() };
}

/** A run that counts to `steps`, a millisecond each, and saves every tenth step. */
const counting =
  (steps: number): Run =>
  (_input, { signal, watch }) => {
    const data = async function* () {
      for (let i = 0; i < steps; i++) {
        await setTimeout(1);
        yield i;
      }
    };
    const to = { save: async () => {}, restore: async () => undefined, wait: async () => {} };
    return train({
      data: data(),
      step: () => ({ loss: 1 }),
      state: { model: held.model },
      checkpoint: { to, every: 10 },
      nonFinite: "ignore",
      signal: AbortSignal.any([signal, over.signal]),
      watch,
    }).run();
  };

test("the events of a run reach the page, in order, and the worker is ended with it", async () => {
  const inputs: unknown[] = [];
  const { worker, terminated } = workerOf(async (input, { watch }) => {
    inputs.push(input);
    const run = small({ epochs: 2 });
    const end = await train({ ...run.training, log: 5, watch }).run();
    run.dispose();
    return end;
  });
  const [seen, noted, losses] = [recorder(), history(), [] as number[]];
  const end = await trainInWorker(() => worker, {
    input: { seed: 3 },
    watch: [seen, noted],
    on: { log: ({ metrics }) => void losses.push(metrics["loss"]!) },
  });
  expect(inputs).toEqual([{ seed: 3 }]);
  expect(end).toEqual({ type: "end", step: 10, epoch: 1, reason: "finished" });
  expect(brief(seen.events)).toEqual(["begin 0", "log 5", "epoch 5", "log 10", "epoch 10", "end 10"]);
  expect(seen.closed).toBe(1);
  expect(noted.curves[0]).toMatchObject({ name: "loss", steps: [5, 10], values: losses });
  expect(terminated).toHaveLength(1);
});

test("so do the figures of an evaluation in the end", async () => {
  const { worker } = workerOf(async (_, { watch }) => {
    const run = small({ epochs: 1 });
    const evaluate = { atEnd: true, run: ({ step }: { step: number }) => ({ at: step }) };
    const end = await train({ ...run.training, steps: 3, evaluate, watch }).run();
    run.dispose();
    return end;
  });
  const end = await trainInWorker(() => worker);
  expect(end).toEqual({ type: "end", step: 3, epoch: 0, reason: "finished", metrics: { at: 3 } });
});

test.each(["before it begins", "in the middle"])("an abort %s", async (when) => {
  const { worker, terminated } = workerOf(counting(10_000));
  const controller = new AbortController();
  if (when === "before it begins") controller.abort();
  const seen = recorder();
  const end = await trainInWorker(() => worker, {
    signal: controller.signal,
    watch: seen,
    on: { log: ({ step }) => void (step === 5 && controller.abort()) },
  });
  expect(end.reason).toBe("aborted");
  // The step where it ended is saved.
  if (end.step > 0) expect(brief(seen.events).at(-2)).toBe(`checkpoint ${end.step}`); // oxlint-disable-line vitest/no-conditional-expect
  expect(terminated).toHaveLength(1);
});

test("a worker that does not end after an abort is terminated", async () => {
  const { worker, terminated } = workerOf(() => new Promise(() => {}));
  const signal = AbortSignal.timeout(50);
  await expect(
    trainInWorker(() => worker, { signal, limits: { abort: 100, silence: 50_000 } }),
  ).rejects.toMatchObject({
    name: "TrainingWorkerError",
    reason: "timeout",
    message: expect.stringContaining("did not end within 100 ms after the abort") as string,
  });
  expect(terminated).toHaveLength(1);
});

test("what a run throws is told with its name, and the last checkpoint", async () => {
  class OddError extends Error {
    override readonly name = "OddError";
    readonly code = "odd";
  }
  const { worker, terminated } = workerOf(async (input, context) => {
    await counting(25)(input, context);
    throw new OddError("no memory");
  });
  const error: unknown = await trainInWorker(() => worker).catch((error: unknown) => error);
  expect(error).toMatchObject({
    name: "TrainingWorkerError",
    code: "training-worker",
    reason: "threw",
    checkpointStep: 20,
    cause: {
      name: "OddError",
      message: "no memory",
      code: "odd",
      stack: expect.stringContaining("worker.test") as string,
    },
  });
  expect((error as Error).message).toMatch(
    /threw OddError: no memory Its last checkpoint is that of step 20: the same call/,
  );
  expect(terminated).toHaveLength(1);
});

test("a worker that is killed is missed", async () => {
  const { worker, kill, terminated } = workerOf(counting(10_000));
  const on = { log: ({ step }: { step: number }) => void (step === 12 && kill()) };
  await expect(trainInWorker(() => worker, { on, limits: { silence: 100 } })).rejects.toMatchObject({
    reason: "silent",
    checkpointStep: 10,
    message: expect.stringContaining("has said nothing for 100 ms") as string,
  });
  expect(terminated).toHaveLength(1);
});

test("a worker that works for long in one promise is not", async () => {
  const { worker } = workerOf(async () => {
    await setTimeout(2500);
    return { type: "end", step: 0, epoch: 0, reason: "finished" };
  });
  expect(await trainInWorker(() => worker, { limits: { silence: 300 } })).toMatchObject({
    reason: "finished",
  });
});

test("a worker that never calls serveTraining, and one that cannot be made", async () => {
  const { worker, terminated } = workerOf(undefined);
  await expect(trainInWorker(() => worker, { limits: { start: 50 } })).rejects.toMatchObject({
    reason: "timeout",
    checkpointStep: undefined,
    message: expect.stringContaining("did not call serveTraining within 50 ms") as string,
  });
  expect(terminated).toHaveLength(1);
  const seen = recorder();
  const make = (): never => {
    throw new Error("worker-src forbids it");
  };
  await expect(trainInWorker(make, { watch: seen })).rejects.toMatchObject({
    reason: "load",
    message: "trainInWorker: the worker could not be made: worker-src forbids it",
  });
  expect(seen.closed).toBe(1);
});

test("what cannot be copied, there and back", async () => {
  const back = workerOf(async (_input, { watch }) => {
    const run = small({ epochs: 1 });
    try {
      return await train({ ...run.training, evaluate: () => ({ f: () => 1 }), watch }).run();
    } finally {
      run.dispose();
    }
  });
  await expect(trainInWorker(() => back.worker)).rejects.toMatchObject({
    reason: "threw",
    cause: { name: "DataCloneError" },
  });
  const there = workerOf(counting(1));
  await expect(trainInWorker(() => there.worker, { input: () => 1 })).rejects.toMatchObject({
    reason: "unsendable",
  });
});

test("what a handler throws ends the run", async () => {
  const { worker, terminated } = workerOf(counting(10_000));
  const on = {
    log: async () => {
      await setTimeout(1);
      throw new RangeError("no room");
    },
  };
  await expect(trainInWorker(() => worker, { on })).rejects.toThrow(new RangeError("no room"));
  expect(terminated).toHaveLength(1);
});

test("a worker of Node that exits, and one that cannot be loaded", async () => {
  const exits = `
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", () => process.exit(3));
    parentPort.postMessage({ training: "ready" });`;
  await expect(trainInWorker(() => new NodeWorker(exits, { eval: true }))).rejects.toMatchObject({
    reason: "silent",
    message: expect.stringContaining("the worker has exited with the code 3") as string,
  });
  await expect(trainInWorker(() => new NodeWorker("}", { eval: true }))).rejects.toMatchObject({
    reason: "load",
    cause: { name: "SyntaxError" },
  });
});

test("wrong options", async () => {
  const make = () => workerOf(undefined).worker;
  const wrong: [options: unknown, message: string][] = [
    [{ inputs: 1 }, "trainInWorker: unknown option inputs. Did you mean input?"],
    [{ signal: true }, "trainInWorker: signal: expected an AbortSignal, got the boolean true"],
    [
      { limits: { silence: 0 } },
      "trainInWorker: limits: silence: expected a finite number of at least 1, got the number 0",
    ],
    [{ limits: { silent: 1 } }, "trainInWorker: limits: unknown option silent. Did you mean silence?"],
    [{ on: { logs() {} } }, "trainInWorker: on: unknown option logs. Did you mean log?"],
  ];
  for (const [options, message] of wrong)
    await expect(trainInWorker(make, options as object)).rejects.toThrow(message);
  await expect(trainInWorker(1 as never)).rejects.toThrow(
    "trainInWorker: make: expected a function, got the number 1",
  );
  expect(() => serveTraining(1 as never, {} as never)).toThrow("serveTraining: run: expected a function");
  expect(() => serveTraining(counting(1), {} as never)).toThrow(
    "serveTraining: port: expected a port of messages",
  );
});
