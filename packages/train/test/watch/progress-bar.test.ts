import { progressBar, type TrainEvent } from "@nnx-js/train";
import { expect, test } from "vitest";

const begin = (totalSteps: number | undefined): TrainEvent => ({
  type: "begin",
  step: 0,
  epoch: 0,
  totalSteps,
  stepsPerEpoch: undefined,
  batchSize: undefined,
});
const log = (step: number, examples: { examples: number | undefined } = { examples: 64 }): TrainEvent => ({
  type: "log",
  step,
  epoch: 0,
  metrics: { loss: 0.123456, accuracy: 1 },
  steps: 10,
  ...examples,
  seconds: 0.5,
});

/** All that is written to a stream, which is a terminal or not. */
async function written(isTTY: boolean, events: TrainEvent[], every?: number): Promise<string> {
  let text = "";
  const terminal = { isTTY, columns: 120, write: (part: string) => (text += part), on() {}, once() {}, removeListener() {} }; // prettier-ignore
  const watcher = progressBar({ stream: terminal, every });
  for (const event of events) await watcher.event(event);
  await watcher.close?.();
  return text;
}

test("plain lines where nobody watches, now and then", async () => {
  const events: TrainEvent[] = [
    begin(100),
    log(10),
    log(20),
    { type: "evaluate", step: 20, epoch: 0, metrics: { loss: 0.5 } },
    { type: "end", step: 20, epoch: 0, reason: "aborted" },
  ];
  expect(await written(false, events)).toBe(
    "step 10/100, epoch 0: loss 0.1235, accuracy 1 (20.0 steps/s, 128 examples/s, 5 s left)\n" +
      "step 20/100, epoch 0: evaluated, loss 0.5000\n" +
      "step 20/100, epoch 0: aborted\n",
  );
  expect((await written(false, events, 0)).split("\n")).toHaveLength(5);
  expect(await written(false, [begin(undefined), log(10, { examples: undefined })])).toBe(
    "step 10, epoch 0: loss 0.1235, accuracy 1 (20.0 steps/s)\n",
  );
});

test("a bar on a terminal", async () => {
  const text = await written(true, [begin(100), log(50)]);
  expect(text).toContain("50/100 · loss 0.1235, accuracy 1 · 20.0 steps/s, 128 examples/s, 3 s left");
  expect(await written(true, [begin(undefined), log(50)])).toContain("step 50 · loss 0.1235");
});

test("wrong options", () => {
  expect(() => progressBar(null as unknown as object)).toThrow("expected options, got null");
  expect(() => progressBar({ every: -1 })).toThrow("expected seconds from 0 on for every, got -1");
  expect(() => progressBar({ stream: {} as { write(): void } })).toThrow("expected a stream with the method write, got object"); // prettier-ignore
});
