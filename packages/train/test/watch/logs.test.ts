import { csv, history, jsonLines, LogError, postEvents, renderCurve, type TrainEvent, train } from "@nnx-js/train"; // prettier-ignore
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { small, valuesOf } from "../loop/small.ts";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "nnx-logs-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The events of a run of `steps` from `first`, with a log each. */
function events(first: number, steps: number): TrainEvent[] {
  const at = (step: number) => ({ step, epoch: Math.floor(step / 5) });
  return [
    { type: "begin", ...at(first), totalSteps: 10, stepsPerEpoch: 5, batchSize: 4 },
    ...Array.from({ length: steps }, (_, i): TrainEvent => {
      const step = first + i + 1;
      return { type: "log", ...at(step), metrics: { loss: 1 / step }, steps: 1, examples: 4, seconds: 0.1 };
    }),
  ];
}

const sinks = { jsonLines, csv };

describe.each(["jsonLines", "csv"] as const)("%s", (name) => {
  const path = () => join(folder, "deep", `${name}.log`);
  const follow = async (told: TrainEvent[], target: Parameters<typeof csv>[0] = path()) => {
    const watcher = sinks[name](target);
    for (const event of told) await watcher.event(event);
    await watcher.close?.();
  };

  test("a run that goes on keeps the lines up to its step, and a cut line goes", async () => {
    await follow(events(0, 10));
    const whole = await readFile(path(), "utf8");
    // A kill after the seventh step, whose checkpoint was that of the fourth.
    await writeFile(path(), whole.slice(0, Math.floor(whole.length * 0.75)));
    await follow(events(4, 6).slice(1), pathToFileURL(path()));
    await follow(events(4, 6));
    const lines = (await readFile(path(), "utf8")).trimEnd().split(/\r?\n/);
    const steps = lines.flatMap((line) => {
      if (name === "csv") return line.startsWith("step") ? [] : [Number(line.split(",")[0])];
      const event = JSON.parse(line) as TrainEvent;
      return event.type === "log" ? [event.step] : [];
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    // One from the first step on begins anew.
    await follow(events(0, 1));
    expect((await readFile(path(), "utf8")).trimEnd().split(/\r?\n/)).toHaveLength(2);
  });

  test("to a function and to a stream", async () => {
    const texts: [string, string] = ["", ""];
    const decoder = new TextDecoder();
    await follow(events(0, 2), (bytes) => void (texts[0] += decoder.decode(bytes)));
    const stream = new WritableStream<Uint8Array>({
      write: (bytes) => void (texts[1] += decoder.decode(bytes)),
    });
    await follow(events(0, 2), stream);
    expect(texts[0]).toContain("0.5");
    expect(texts[1]).toBe(texts[0]);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk ends the run, whose state is whole", async () => {
    const run = small({ epochs: 1 });
    const watch = sinks[name]("/dev/full");
    const error: unknown = await train({ ...run.training, watch })
      .run()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LogError);
    expect((error as Error).message).toContain("expected to write to /dev/full, got: ENOSPC");
    const { place } = await valuesOf(run);
    // What was done counts: the same call without the log ends as a run without one.
    await train(run.training).run();
    expect(place.at(-1)).toBeLessThanOrEqual(5);
    const other = small({ epochs: 1 });
    await train(other.training).run();
    expect(await valuesOf(run)).toEqual(await valuesOf(other));
    run.dispose();
    other.dispose();
  });

  test("wrong targets", () => {
    expect(() => sinks[name](null as unknown as string)).toThrow(`${name}: expected a path, a stream or a function, got null`); // prettier-ignore
    expect(() => sinks[name]("")).toThrow("got an empty path");
  });
});

test("lines of JSON have texts for NaN and shapes for tensors", async () => {
  let text = "";
  const watcher = jsonLines((bytes) => void (text += new TextDecoder().decode(bytes)));
  using matrix = tf.zeros([2, 3]);
  await watcher.event({ type: "evaluate", step: 1, epoch: 0, metrics: { loss: NaN, best: -Infinity, matrix } }); // prettier-ignore
  expect(JSON.parse(text)).toEqual({
    type: "evaluate",
    step: 1,
    epoch: 0,
    metrics: { loss: "NaN", best: "-Infinity", matrix: { shape: [2, 3], dtype: "float32" } },
  });
});

test("rows of tables quote names", async () => {
  let text = "";
  const watcher = csv((bytes) => void (text += new TextDecoder().decode(bytes)));
  await watcher.event({ type: "evaluate", step: 1, epoch: 0, metrics: { 'a,"b"': 1, note: "no number" } });
  expect(text).toBe('step,epoch,event,metric,value\r\n1,0,evaluate,"a,""b""",1\r\n');
});

test("a history has the curves of a run, and a port its events", async () => {
  const run = small({ epochs: 2 });
  const seen = history();
  const messages: unknown[] = [];
  const port = postEvents({ postMessage: (message) => void messages.push(structuredClone(message)) });
  const told: TrainEvent[] = [];
  const all = { event: (event: TrainEvent) => void told.push(event) };
  await train({ ...run.training, log: 2, watch: [seen, port, all] }).run();
  expect(seen.curves.map(({ name }) => name)).toEqual(["loss"]);
  expect(seen.curves[0]!.steps).toEqual(told.filter(({ type }) => type === "log").map(({ step }) => step));
  expect(seen.curves[0]!.values.every((value) => value > 0)).toBe(true);
  expect(messages).toEqual(told);
  run.dispose();
  expect(() => postEvents({} as MessagePort)).toThrow("expected an object with the method postMessage, got object"); // prettier-ignore
});

describe("a history", () => {
  test("has what was measured by steps and by passes", async () => {
    const run = small({ epochs: 2 });
    const seen = history<"loss", "steps">();
    expect(seen.evaluations("steps")).toEqual({ name: "evaluate steps", steps: [], epochs: [], values: [] });
    const evaluate = { atEnd: true, run: ({ step }: { step: number }) => ({ steps: step, table: [step] }) };
    await train({ ...run.training, log: 2, steps: 8, evaluate, watch: seen }).run();
    expect(seen.curves.map(({ name }) => name)).toEqual(["loss", "evaluate steps"]);
    expect(seen.logs("loss").epochs).toEqual([0.4, 0.8, 1, 1.4, 1.6]);
    expect(seen.evaluations("steps")).toEqual({
      name: "evaluate steps",
      steps: [5, 8],
      epochs: [1, 1.6],
      values: [5, 8],
    });
    expect(renderCurve(seen.curves)).toContain("evaluate steps");
    run.dispose();
  });

  test("keeps what belongs to the steps before a run that goes on, and begins anew with one from the first", () => {
    const seen = history();
    const tell = (type: "log" | "evaluate", step: number, value: number) =>
      seen.event({ type, step, epoch: 0, metrics: { loss: value } } as TrainEvent);
    const begin = (step: number) =>
      seen.event({ type: "begin", step, epoch: 0, totalSteps: 8, stepsPerEpoch: 4, batchSize: 1 });
    void begin(0);
    for (const step of [1, 2, 3, 4]) void tell("log", step, step);
    void tell("evaluate", 4, 0.5);
    void begin(2);
    expect(seen.curves).toEqual([{ name: "loss", steps: [1, 2], epochs: [0.25, 0.5], values: [1, 2] }]);
    void tell("log", 3, 30);
    void tell("evaluate", 4, 0.4);
    void begin(4);
    void tell("evaluate", 4, 0.3);
    expect(seen.logs("loss").values).toEqual([1, 2, 30]);
    expect(seen.evaluations("loss")).toEqual({
      name: "evaluate loss",
      steps: [4],
      epochs: [1],
      values: [0.3],
    });
    void begin(0);
    expect(seen.curves).toEqual([]);
  });

  test("counts whole passes where nobody knows how many steps one has", async () => {
    const seen = history();
    await train({ data: [1, 2], step: (value) => value, watch: seen }).run();
    expect(seen.logs("loss")).toEqual({ name: "loss", steps: [1, 2], epochs: [0, 0], values: [1, 2] });
  });
});
