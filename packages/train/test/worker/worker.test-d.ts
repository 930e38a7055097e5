/** @file What the types say of training in a worker. */
import {
  type EndEvent,
  history,
  type MessageEndpoint,
  serveTraining,
  type TrainEvent,
  trainInWorker,
  type TrainInWorkerOptions,
  type TrainingWorker,
  TrainingWorkerError,
  type Watcher,
  type WorkerContext,
  type WorkerLimits,
} from "@nnx-js/train";
import { expectTypeOf, test } from "vitest";
import type { Worker as NodeWorker } from "node:worker_threads";

interface Settings {
  readonly learningRate: number;
}
declare const end: EndEvent;
declare const page: Worker;
declare const node: NodeWorker;
declare const port: MessagePort;

test("workers of pages and of Node are taken, and what else sends and hears messages", () => {
  expectTypeOf(page).toExtend<TrainingWorker>();
  expectTypeOf(node).toExtend<TrainingWorker>();
  expectTypeOf(port).toExtend<MessageEndpoint>();
  expectTypeOf(trainInWorker(() => page)).toEqualTypeOf<Promise<EndEvent>>();
  // @ts-expect-error: a port cannot be ended
  void trainInWorker(() => port);
  // @ts-expect-error: it makes the worker itself
  void trainInWorker(page);
});

test("what the worker gets follows from the call", () => {
  void trainInWorker<Settings>(() => page, { input: { learningRate: 1e-3 } });
  // @ts-expect-error: a text
  void trainInWorker<Settings>(() => page, { input: { learningRate: "1e-3" } });
  expectTypeOf<TrainInWorkerOptions<Settings>["input"]>().toEqualTypeOf<Settings | undefined>();
  serveTraining((settings: Settings, context) => {
    expectTypeOf(settings.learningRate).toEqualTypeOf<number>();
    expectTypeOf(context).toEqualTypeOf<WorkerContext>();
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(context.watch).toEqualTypeOf<Watcher>();
    return Promise.resolve(end);
  });
  // @ts-expect-error: it says how the run has ended
  serveTraining((settings: Settings) => settings.learningRate);
});

test("options of the page are those of the loop, and limits", () => {
  const limits: WorkerLimits = { start: 1000, silence: 1000, abort: 1000 };
  void trainInWorker(() => page, {
    limits,
    watch: [history()],
    on: {
      log: ({ step, metrics }) => {
        expectTypeOf(step).toEqualTypeOf<number>();
        expectTypeOf(metrics).toEqualTypeOf<Readonly<Record<string, number>>>();
      },
      end: ({ reason }) => expectTypeOf(reason).toEqualTypeOf<"finished" | "aborted" | "stopped">(),
    },
  });
  // @ts-expect-error: silence
  void trainInWorker(() => page, { limits: { silent: 1000 } });
  // @ts-expect-error: no such event
  void trainInWorker(() => page, { on: { logs: () => undefined } });
  expectTypeOf<TrainEvent["type"]>().toEqualTypeOf<
    "begin" | "restore" | "log" | "evaluate" | "checkpoint" | "epoch" | "plateau" | "end"
  >();
});

test("the error says why, and from which step the run can go on", () => {
  expectTypeOf<TrainingWorkerError["checkpointStep"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<TrainingWorkerError["reason"]>().toExtend<string>();
  expectTypeOf<string>().not.toExtend<TrainingWorkerError["reason"]>();
});
