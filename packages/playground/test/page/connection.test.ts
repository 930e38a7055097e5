/** @file Waits for the worker end, and a worker that is gone is noticed. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection } from "../../src/page/connection/connection.ts";
import {
  ANSWER_MS,
  BUSY_SILENCE_MS,
  PAUSE_MS,
  SILENCE_MS,
  START_MS,
} from "../../src/page/connection/limits.ts";
import type { Fault, WorkerEvent } from "../../src/protocol/events.ts";
import { FakeWorker } from "./fake-worker.ts";

let workers: FakeWorker[] = [];
let events: WorkerEvent[] = [];
let returns = 0;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  events = [];
  returns = 0;
  connection = new Connection(
    () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    { onEvent: (event) => events.push(event), onReturn: () => returns++ },
  );
  connection.open();
  workers[0]!.say(BACKENDS);
  events = [];
});
afterEach(() => {
  connection.close();
  vi.useRealTimers();
});

const faults = () => events.flatMap((event) => (event.type === "fault" ? [event.fault.message] : []));

/** Time passes while the worker shows that it lives. */
function live(ms: number): void {
  for (let passed = 0; passed < ms; passed += 1000) {
    vi.advanceTimersByTime(1000);
    workers.at(-1)!.say({ type: "alive" });
  }
}

const BACKENDS = {
  type: "backends",
  reasons: { webgpu: "no", webgl: null, wasm: null, cpu: null },
  best: "wasm",
  threads: { count: 2, reason: null },
} as const;
const SETTINGS = { task: "moons", backend: "cpu", execution: "eager", learningRate: 0.1, seed: 0 } as const;
const TREE = { path: "", name: "", className: "M", modes: [], children: [] };

test("signs of life keep a worker", () => {
  live(60_000);
  expect(faults()).toEqual([]);
});

test("one that is silent is told once, with the seconds", () => {
  vi.advanceTimersByTime(SILENCE_MS * 3);
  expect(faults()).toEqual([expect.stringMatching(/has not answered for 10 seconds/)]);
});

test("one that speaks again was not gone, and may fall silent again", () => {
  vi.advanceTimersByTime(SILENCE_MS + 1000);
  workers[0]!.say({ type: "alive" });
  expect(returns).toBe(1);
  vi.advanceTimersByTime(SILENCE_MS + 1000);
  expect(faults()).toHaveLength(2);
});

test("a script that comes by a slow line has longer", () => {
  connection.open();
  vi.advanceTimersByTime(BUSY_SILENCE_MS - 2000);
  expect(faults()).toEqual([]);
  vi.advanceTimersByTime(4000);
  expect(faults()).toHaveLength(1);
});

test("it may be silent for longer while it makes a model, and after the first play", () => {
  connection.send({ type: "start", settings: SETTINGS });
  vi.advanceTimersByTime(BUSY_SILENCE_MS - 2000);
  workers[0]!.say({ type: "ready", settings: SETTINGS, trees: { train: TREE, eval: TREE }, step: 0 });
  connection.send({ type: "play" });
  vi.advanceTimersByTime(BUSY_SILENCE_MS - 2000);
  expect(faults()).toEqual([]);
  workers[0]!.say({ type: "progress", points: [], stepsPerSecond: null });
  vi.advanceTimersByTime(SILENCE_MS + 1000);
  expect(faults()).toHaveLength(1);
});

test("sleep of a page in the background does not count", () => {
  const now = performance.now.bind(performance);
  let slept = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + slept);
  // The timer comes once a minute, before the messages of that minute.
  for (let minute = 0; minute < 5; minute++) {
    slept += 59_000;
    vi.advanceTimersByTime(1000);
    expect(faults()).toEqual([]);
    workers[0]!.say({ type: "alive" });
  }
  // Awake again, silence is silence.
  vi.advanceTimersByTime(SILENCE_MS + 1000);
  expect(faults()).toHaveLength(1);
  clock.mockRestore();
});

test.each([
  ["tell which backends work", START_MS, () => connection.open()],
  ["start", START_MS, () => connection.send({ type: "start", settings: SETTINGS })],
  ["pause", PAUSE_MS, () => connection.send({ type: "pause" })],
] as const)("%s has a limit, although the worker lives", (verb, limit, begin) => {
  begin();
  live(limit - 2000);
  expect(faults()).toEqual([]);
  live(4000);
  expect(faults()).toEqual([expect.stringContaining(`did not ${verb} within`)]);
});

test("a fault of the worker ends the waits for what it will not do", () => {
  connection.send({ type: "start", settings: SETTINGS });
  const fault: Fault = { cause: "backend", message: "no", repair: "other", isResumable: true };
  workers[0]!.say({ type: "fault", fault });
  live(START_MS * 2);
  expect(faults()).toEqual(["no"]);
});

test("answers go to those who asked, in any order", async () => {
  const names = connection.ask({ kind: "names", count: 1, temperature: 1 });
  const race = connection.ask({ kind: "save" });
  const [first, second] = workers[0]!.commands.map((command) => (command.type === "ask" ? command.id : -1));
  const bytes = new Uint8Array([1]);
  workers[0]!.say({ type: "answer", id: second!, result: { ok: true, value: { bytes, name: "a" } } });
  workers[0]!.say({ type: "answer", id: first!, result: { ok: true, value: { samples: ["ada"] } } });
  await expect(names).resolves.toEqual({ samples: ["ada"] });
  await expect(race).resolves.toEqual({ bytes, name: "a" });
  expect(events).toEqual([]);
});

test("a question without an answer rejects at its limit, and a late answer is dropped", async () => {
  const answer = connection.ask({ kind: "digit", pixels: new Float32Array(784), draws: 2 });
  live(ANSWER_MS.digit + 2000);
  await expect(answer).rejects.toThrow(/did not answer \(digit\) within 30 seconds/);
  workers[0]!.say({ type: "answer", id: 1, result: { ok: true, value: { samples: [] } } });
});

test("a refused question rejects with the worker's fault", async () => {
  const fault: Fault = { cause: "file", message: "not of this model", repair: "another", isResumable: true };
  const answer = connection.ask({ kind: "load", bytes: new Uint8Array() });
  workers[0]!.say({ type: "answer", id: 1, result: { ok: false, fault } });
  await expect(answer).rejects.toMatchObject({ fault });
});

test("a new worker takes the place of the old one, which is not heard any more", async () => {
  const answer = connection.ask({ kind: "program" });
  connection.open();
  await expect(answer).rejects.toThrow(/ended before it answered/);
  expect(workers[0]!.isTerminated).toBe(true);
  workers[0]!.say({ type: "paused", step: 1 });
  workers[0]!.throw("late");
  expect(events).toEqual([]);
  workers[1]!.say({ type: "paused", step: 2 });
  expect(events).toEqual([{ type: "paused", step: 2 }]);
});

test("a script that does not load, and one that throws, are told apart", () => {
  workers[0]!.throw("");
  workers[0]!.throw("x is undefined");
  expect(faults()).toEqual([
    "The script of the worker did not load.",
    expect.stringContaining("x is undefined"),
  ]);
});

test("a policy that forbids workers is told", () => {
  const refused = new Connection(
    () => {
      throw new Error("refused by policy");
    },
    { onEvent: (event) => events.push(event), onReturn: () => {} },
  );
  refused.open();
  expect(faults()).toEqual([expect.stringContaining("refused by policy")]);
  refused.close();
});
