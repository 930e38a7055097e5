/** @file Which tasks run in which launch: as few launches as what they need from each other allows. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Task } from "../task.ts";
import { type AlongOf, alongOfWord, codeOf, type TaskCode, type Word } from "./task-code.ts";

/** What is no task of one launch, such as a loop of launches. */
export interface Other {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly emit?: undefined;
}

/** A task, and what a schedule has to know of it beside. */
export interface Piece<T extends Task | Other = Task> {
  readonly task: T;
  /** Whether it and `other`, which both write to `buffer`, write different elements of it. */
  isApart(other: Piece<Task | Other>, buffer: Buffer): boolean;
}

/** Tasks of equal code. */
interface Family {
  /** Of one of them. */
  readonly code: TaskCode;
  /** The tasks, each with what it has in the table. */
  readonly members: readonly { readonly task: Task; readonly words: readonly Word[] }[];
}

/** What one dispatch does. */
export type Launch = readonly Family[];

/**
 * Tasks with more additions and multiplications, or more elements read and written, than these run for longer than it
 * takes to begin a launch: their launches are not to slow them down.
 */
const LARGE = { flops: 2 ** 28, elements: 2 ** 23 };

/**
 * Puts `pieces`, which are in an order in which they may run one after the other, into launches: each one launch after
 * the last of those whose results it needs, or whose operands it overwrites.
 *
 * Workgroups of one launch have as many registers and as much workgroup memory as the code needs that needs most, so
 * large tasks share a launch with tasks of the same code, and with small ones whose code is no longer and takes no
 * more workgroup memory. All other tasks that could run at the same time are one launch; what is none comes before them.
 *
 * @param memoryOf is the same for all buffers that may lie in the same place: a next value, and what it replaces
 */
export function scheduled(
  pieces: readonly Piece[],
  memoryOf: (buffer: Buffer) => unknown,
  options?: CodeOptions,
): Launch[];
export function scheduled<O extends Other>(
  pieces: readonly Piece<Task | O>[],
  memoryOf: (buffer: Buffer) => unknown,
  options?: CodeOptions,
): (Launch | O)[];
export function scheduled<O extends Other>(
  pieces: readonly Piece<Task | O>[],
  memoryOf: (buffer: Buffer) => unknown,
  options: CodeOptions = {},
): (Launch | O)[] {
  const isTask = (task: Task | O): task is Task => task.emit !== undefined;
  return levelsOf(pieces, memoryOf).flatMap((level) => [
    ...level.filter((task): task is O => !isTask(task)),
    ...launchesOf(level.filter(isTask), options),
  ]);
}

/** What code depends on beside tasks. */
interface CodeOptions {
  /** Whether the device has subgroups that can be relied on. */
  readonly maySubgroup?: boolean | undefined;
  /** Bytes of memory that a workgroup may have: as many as needed unless given. */
  readonly sharedBytes?: number | undefined;
  readonly alongOf?: AlongOf | undefined;
}

/** When memory was read last, and what has been written to it. */
interface Uses {
  lastRead: number;
  lastWrite: number;
  readonly writers: { readonly piece: Piece<Task | Other>; readonly level: number }[];
}

function levelsOf<T extends Task | Other>(
  pieces: readonly Piece<T>[],
  memoryOf: (buffer: Buffer) => unknown,
): T[][] {
  const uses = new Map<unknown, Uses>();
  const usesOf = (buffer: Buffer): Uses => {
    const memory = memoryOf(buffer);
    let known = uses.get(memory);
    if (!known) uses.set(memory, (known = { lastRead: -1, lastWrite: -1, writers: [] }));
    return known;
  };
  const levels: T[][] = [];
  for (const piece of pieces) {
    const { task } = piece;
    let level = 0;
    for (const buffer of task.reads) level = Math.max(level, usesOf(buffer).lastWrite + 1);
    for (const buffer of task.writes) {
      const { lastRead, lastWrite, writers } = usesOf(buffer);
      level = Math.max(level, lastRead + 1);
      if (lastWrite < level) continue;
      for (const writer of writers) {
        if (writer.level >= level && !piece.isApart(writer.piece, buffer)) level = writer.level + 1;
      }
    }
    for (const buffer of task.reads) {
      const known = usesOf(buffer);
      known.lastRead = Math.max(known.lastRead, level);
    }
    for (const buffer of task.writes) {
      const known = usesOf(buffer);
      known.lastWrite = Math.max(known.lastWrite, level);
      known.writers.push({ piece, level });
    }
    (levels[level] ??= []).push(task);
  }
  return levels;
}

/** The launches of tasks that may run at the same time. */
function launchesOf(tasks: readonly Task[], options: CodeOptions): Launch[] {
  const families = familiesOf(tasks, options);
  const large = families.filter(isLarge).map((family): Family[] => [family]);
  const others: Family[][] = [];
  for (const family of families) {
    if (isLarge(family)) continue;
    const host = large.find((launch) => isNoHeavier(family, launch[0]!) && fits(launch, family, options));
    if (host) host.push(family);
    else {
      const small = others.find((launch) => fits(launch, family, options));
      if (small) small.push(family);
      else others.push([family]);
    }
  }
  return [...others, ...large];
}

function familiesOf(tasks: readonly Task[], { maySubgroup = false, alongOf }: CodeOptions): Family[] {
  const families = new Map<string, Family & { members: Family["members"][number][] }>();
  for (const task of tasks) {
    const code = codeOf(task, maySubgroup, alongOf);
    // Also where pieces are in a turn is part of the code.
    const key = `${code.words.map(alongOfWord).join()} ${code.body}`;
    let family = families.get(key);
    if (!family) families.set(key, (family = { code, members: [] }));
    family.members.push({ task, words: code.words });
  }
  return [...families.values()];
}

function isLarge({ members }: Family): boolean {
  return members.some(({ task }) => {
    const elements = [...task.reads, ...task.writes].reduce((sum, { size }) => sum + size, 0);
    return task.flops > LARGE.flops || elements > LARGE.elements;
  });
}

function isNoHeavier(family: Family, host: Family): boolean {
  return family.code.body.length <= host.code.body.length && sharedOf(family) <= sharedOf(host);
}

/** Whether workgroups have the memory for a launch with one family more: the most that any needs of each kind. */
function fits(launch: Launch, family: Family, { sharedBytes = Infinity }: CodeOptions): boolean {
  const tasks = [...launch, family].flatMap(({ members }) => members.map(({ task }) => task));
  const most = (wordsOf: (task: Task) => number) => Math.max(...tasks.map(wordsOf));
  const words =
    most((task) => task.sharedWords) +
    4 * most((task) => task.sharedQuads ?? 0) +
    2 * most((task) => task.sharedHalves ?? 0);
  return 4 * words <= sharedBytes;
}

/** Words of workgroup memory. */
function sharedOf({ members }: Family): number {
  return members.reduce(
    (most, { task }) =>
      Math.max(most, task.sharedWords + 4 * (task.sharedQuads ?? 0) + 2 * (task.sharedHalves ?? 0)),
    0,
  );
}
