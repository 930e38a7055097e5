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
async function written(isTTY: boolean, events: TrainEvent[], every?: number, columns = 140): Promise<string> {
  let text = "";
  const terminal = { isTTY, columns, write: (part: string) => (text += part), on() {}, once() {}, removeListener() {} }; // prettier-ignore
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

test.each([20, 40, 80, 120])("stays in one line of %d columns", async (columns) => {
  const metrics = { ["a long name ".repeat(20)]: 1, "of\nseveral\u001b[2Jlines": 2, 損失: 3 };
  const text = await written(true, [begin(100), { ...log(50), metrics } as TrainEvent], undefined, columns);
  // What is drawn: without the sequences that move the cursor.
  // oxlint-disable-next-line no-control-regex -- those are meant
  const lines = text.replaceAll(/\u001b\[[0-9;?]*[a-zA-Z]/g, "\r").split(/[\r\n]+/).filter(Boolean); // prettier-ignore
  expect(lines.some((line) => line.includes("50/100"))).toBe(true);
  for (const line of lines) expect(line.length).toBeLessThan(columns);
  expect(text).toContain("…");
  const plain = await written(false, [begin(100), { ...log(50), metrics } as TrainEvent]);
  expect(plain.split("\n")).toHaveLength(2);
});

test("wrong options", () => {
  expect(() => progressBar(null as unknown as object)).toThrow("expected options, got null");
  expect(() => progressBar({ every: -1 })).toThrow(
    "progressBar: every: expected a number of at least 0, got the number -1",
  );
  expect(() => progressBar({ stream: {} as { write(): void } })).toThrow("expected a stream with the method write, got object"); // prettier-ignore
});
