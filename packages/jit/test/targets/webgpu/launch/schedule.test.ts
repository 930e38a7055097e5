import { expect, test } from "vitest";
import type { Buffer } from "../../../../src/expr/expr.ts";
import { moduleText, ROW_HEAD } from "../../../../src/targets/webgpu/launch/module.ts";
import { type Launch, type Piece, scheduled } from "../../../../src/targets/webgpu/launch/schedule.ts";
import { dispatchOf, groupsOf, Tables } from "../../../../src/targets/webgpu/launch/tables.ts";
import { ALONG } from "../../../../src/targets/webgpu/launch/task-code.ts";
import type { Task, TaskWriter } from "../../../../src/targets/webgpu/task.ts";

let ids = 0;
const buffer = (size = 256): Buffer => ({ id: ids++, size, role: { kind: "temporary" } });

function task(label: string, reads: Buffer[], writes: Buffer[], rest: Partial<Task> = {}): Task {
  const emit = (writer: TaskWriter) => [...reads, ...writes].map((each) => writer.placeOf(each)).join();
  return { label, reads, writes, groups: 1, sharedWords: 0, flops: 100, emit, ...rest };
}

const pieces = (tasks: Task[], areApart = false): Piece[] =>
  tasks.map((each) => ({ task: each, isApart: () => areApart }));

const same = (each: Buffer): Buffer => each;

/** The labels of the tasks of each launch. */
const labels = (launches: readonly Launch[]): string[][] =>
  launches.map((launch) => launch.flatMap(({ members }) => members.map((member) => member.task.label)));

test("what needs nothing from each other is one launch", () => {
  const [a, b, c, d] = [buffer(), buffer(), buffer(), buffer()];
  const launches = scheduled(
    pieces([
      task("a", [], [a]),
      task("b", [a], [b]),
      task("c", [], [c]),
      task("d", [b, c], [d]),
      task("e", [c], [buffer()]),
    ]),
    same,
  );
  expect(labels(launches)).toEqual([["a", "c"], ["b", "e"], ["d"]]);
});

test("a value is overwritten after all that read it, where the next one lies in its place", () => {
  const [value, next, other] = [buffer(), buffer(), buffer()];
  const memoryOf = (each: Buffer) => (each === next ? value : each);
  const tasks = [
    task("slow", [], [other]),
    task("reads", [value, other], [buffer()]),
    task("writes", [], [next]),
  ];
  expect(labels(scheduled(pieces(tasks), memoryOf))).toEqual([["slow"], ["reads"], ["writes"]]);
  expect(labels(scheduled(pieces(tasks), same))).toEqual([["slow", "writes"], ["reads"]]);
});

test("a task may read what it overwrites", () => {
  const value = buffer();
  expect(labels(scheduled(pieces([task("adds", [value], [value])]), same))).toEqual([["adds"]]);
});

test("pieces of one buffer are written together where they are apart", () => {
  const whole = buffer();
  const tasks = [task("left", [], [whole]), task("right", [], [whole]), task("reads", [whole], [buffer()])];
  expect(labels(scheduled(pieces(tasks, true), same))).toEqual([["left", "right"], ["reads"]]);
  expect(labels(scheduled(pieces(tasks, false), same))).toEqual([["left"], ["right"], ["reads"]]);
});

test("a large task is alone with those of its code, and small ones that need no more", () => {
  const large = { flops: 2 ** 30, sharedWords: 1000, emit: () => "a long piece of code" };
  const launches = scheduled(
    pieces([
      task("product", [], [buffer()], large),
      task("small", [], [buffer()]),
      task("another product", [], [buffer()], large),
      task("sort", [], [buffer()], { sharedWords: 2000, emit: () => "sort" }),
      task("other product", [], [buffer()], { ...large, emit: () => "another long piece of code" }),
    ]),
    same,
  );
  expect(labels(launches)).toEqual([["sort"], ["product", "another product", "small"], ["other product"]]);
});

test("tasks of equal code share it, each with a row of its own in the table", () => {
  const [a, b, c] = [buffer(), buffer(), buffer()];
  const launches = scheduled(
    pieces([task("a", [a], [b], { groups: 3 }), task("b", [a], [c], { groups: 2 })]),
    same,
  );
  expect(launches).toHaveLength(1);
  expect(launches[0]).toHaveLength(1);
  expect(groupsOf(launches[0]!)).toBe(5);
  const places = new Map([
    [a, { entry: 0 }],
    [b, { place: 64 }],
    [c, { place: 128 }],
  ]);
  const placed = launches.map((launch) => ({ launch, placeOf: (each: Buffer) => places.get(each)! }));
  const tables = new Tables(placed, { entries: 1, alignment: 256, turns: 0 });
  tables.setPlace(0, 7);
  expect([...tables.take()!].slice(0, 2 * (ROW_HEAD + 2))).toEqual([0, 3, 7, 64, 3, 5, 7, 128]);
  expect(tables.take()).toBeUndefined();
  tables.setPlace(0, 7);
  expect(tables.take()).toBeUndefined();
  tables.setPlace(0, 8);
  expect([...tables.take()!].slice(0, 4)).toEqual([0, 3, 8, 64]);
});

test("slices lie as many elements further as the turn has a number", () => {
  const [a, b] = [buffer(), buffer(10)];
  const [launch] = scheduled(pieces([task("a", [a], [b])]), same, {
    alongOf: (each) => (each === b ? ALONG.slice : undefined),
  });
  const places = new Map([
    [a, { place: 64 }],
    [b, { entry: 0 }],
  ]);
  const placed = [{ launch: launch!, placeOf: (each: Buffer) => places.get(each)! }];
  const tables = new Tables(placed, { entries: 1, alignment: 256, turns: 3 });
  tables.setPlace(0, 7);
  const words = tables.take()!;
  expect(Array.from(words.subarray(0, ROW_HEAD + 3))).toEqual([0, 1, 64, 7, 10]);
  const numbers = (turn: number) => Array.from(words.subarray((tables.turns + turn * 256) / 4)).slice(0, 3);
  expect([0, 1, 2].map(numbers)).toEqual([[0, 0, 1], [1, 1, 0], [2, 0, 1]]); // prettier-ignore
  const text = moduleText(launch!.map(({ code }) => ({ code, tasks: 1, sharedWords: 0 })));
  expect(text).toContain("let w1 = table[row + 3u] + turn[0] * table[row + 4u];");
});

test("what is no task comes before the launches of its level", () => {
  const [a, b, c] = [buffer(), buffer(), buffer()];
  const loop = { label: "loop", reads: [a], writes: [b] };
  const all = [...pieces([task("a", [], [a])]), { task: loop, isApart: () => false }, ...pieces([task("c", [a], [c]), task("d", [b, c], [buffer()])])]; // prettier-ignore
  const items = scheduled<typeof loop>(all, same);
  expect(items.map((item) => ("label" in item ? item.label : labels([item])[0]))).toEqual([["a"], "loop", ["c"], ["d"]]); // prettier-ignore
});

test("modules of one text do for launches that differ in places and numbers", () => {
  const text = (sizes: number[]) => {
    const tasks = sizes.map((size) =>
      task(`map ${size}`, [buffer(size)], [buffer(size)], {
        emit: (writer) => `let end = ${writer.number(size)};`,
      }),
    );
    const [launch] = scheduled(pieces(tasks), same);
    return moduleText(launch!.map(({ code, members }) => ({ code, tasks: members.length, sharedWords: 0 })));
  };
  expect(text([10, 20])).toBe(text([30, 40]));
  expect(text([10, 20])).not.toBe(text([10]));
});

test("a launch of more workgroups than a row may have is a rectangle", () => {
  expect(dispatchOf(10, 65_535)).toEqual([10, 1]);
  expect(dispatchOf(65_536, 65_535)).toEqual([32_768, 2]);
  const [x, y] = dispatchOf(1_000_003, 65_535);
  expect(x * y).toBeGreaterThanOrEqual(1_000_003);
  expect(x).toBeLessThanOrEqual(65_535);
});
