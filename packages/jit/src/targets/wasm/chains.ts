/** @file Finds chains of loops that do not depend on each other: threads take one each, and need not wait between loops. */
import type { Buffer } from "../../expr/expr.ts";
import { readsOf, writesOf } from "../../steps/accesses.ts";
import type { MapStep, ReduceStep, Step } from "../../steps/step.ts";
import { workOf as workOfMap } from "./emit/map.ts";
import { workOf as workOfReduce } from "./emit/reduce-loops.ts";
import { WORTH_SHARING } from "./emit/sharing.ts";

/** Steps that run one after the other, on one thread if there are other chains. */
export type Chain = readonly Step[];

/** What chains are found for. */
export interface ChainOptions {
  /** How many threads there may be. */
  readonly threads: number;
  /** The buffer whose place the given one may have. */
  readonly placeOf: (buffer: Buffer) => Buffer;
}

/**
 * The same steps as groups, one after the other, of chains that do not depend on each other. An update of many
 * parameters has a chain for each of them, whose elements stay in the cache of a thread from loop to loop.
 */
export function chainsOf(steps: readonly Step[], options: ChainOptions): Chain[][] {
  const groups: Chain[][] = [];
  let loops: Loop[] = [];
  for (const step of steps) {
    if (step.kind === "routine") {
      groups.push(...groupsOf(loops, options), [[step]]);
      loops = [];
    } else loops.push(step);
  }
  return [...groups, ...groupsOf(loops, options)];
}

type Loop = MapStep | ReduceStep;

function workOf(step: Loop): number {
  return step.kind === "map" ? workOfMap(step) : workOfReduce(step);
}

function groupsOf(loops: readonly Loop[], { threads, placeOf }: ChainOptions): Chain[][] {
  const single = loops.map((step) => [[step]]);
  const work = loops.map(workOf);
  const total = sumOf(work);
  if (total < WORTH_SHARING) return single;
  // Of larger ones threads would wait for the last.
  const largest = total / (2 * threads);
  const dependencies = new Dependencies(placeOf);
  const levels: Level[] = [];
  const levelOf: number[] = [];
  for (const [i, step] of loops.entries()) {
    const needed = dependencies.add(step);
    const last = Math.max(0, ...needed.map((other) => levelOf[other]!));
    const chains = new Set(
      needed.filter((other) => levelOf[other] === last).map((other) => levels[last]!.chainOf(other)),
    );
    const before = sumOf([...chains].map((chain) => levels[last]!.work.get(chain)!));
    // What takes no time, such as a number that all of them need, ties no chains together.
    const isApart = before > 0 && (before + work[i]! > largest || before < work[i]! / 16);
    levelOf[i] = isApart ? last + 1 : last;
    (levels[levelOf[i]] ??= new Level()).add(i, work[i]!, isApart ? [] : [...chains]);
  }
  const groups = levels.flatMap((level) => level.groups(loops, largest));
  return groups.length < loops.length ? groups : single;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Finds which earlier steps have to come before a step. */
class Dependencies {
  readonly #placeOf: ChainOptions["placeOf"];
  #count = 0;
  readonly #writers = new Map<Buffer, number>();
  /** The steps that have read what the last of the writers left. */
  readonly #readers = new Map<Buffer, number[]>();

  constructor(placeOf: ChainOptions["placeOf"]) {
    this.#placeOf = placeOf;
  }

  /** The numbers of the steps that the next one has to wait for. */
  add(step: Step): number[] {
    const at = this.#count++;
    const found: number[] = [];
    const reads = [...readsOf(step)].map(this.#placeOf);
    const writes = writesOf(step).map(this.#placeOf);
    for (const buffer of [...reads, ...writes])
      found.push(...(this.#writers.has(buffer) ? [this.#writers.get(buffer)!] : []));
    for (const buffer of writes) found.push(...(this.#readers.get(buffer) ?? []));
    for (const buffer of reads) {
      const known = this.#readers.get(buffer);
      if (known) known.push(at);
      else this.#readers.set(buffer, [at]);
    }
    for (const buffer of writes) {
      this.#writers.set(buffer, at);
      this.#readers.delete(buffer);
    }
    return found;
  }
}

/** Steps of which each depends on others of its own chain only. */
class Level {
  /** For each step an earlier one of its chain, or itself if it is the first. */
  readonly #links = new Map<number, number>();
  /** The work of each chain, by its first step. */
  readonly work = new Map<number, number>();

  /** Adds a step, which joins `chains`. */
  add(step: number, work: number, chains: readonly number[]): void {
    const first = Math.min(step, ...chains);
    const all = sumOf([work, ...chains.map((chain) => this.work.get(chain)!)]);
    for (const chain of [step, ...chains]) {
      this.#links.set(chain, first);
      this.work.delete(chain);
    }
    this.work.set(first, all);
  }

  /** The first step of the chain of `step`. */
  chainOf(step: number): number {
    let at = step;
    while (this.#links.get(at) !== at) at = this.#links.get(at)!;
    return at;
  }

  /** The large steps, each on its own, then the chains of the others, the longest first, if there are any. */
  groups(loops: readonly Step[], largest: number): Chain[][] {
    const chains = new Map<number, Step[]>([...this.work.keys()].map((first) => [first, []]));
    for (const step of [...this.#links.keys()].sort((a, b) => a - b))
      chains.get(this.chainOf(step))!.push(loops[step]!);
    const workOf = (first: number) => this.work.get(first)!;
    const firsts = [...chains.keys()].sort((a, b) => workOf(b) - workOf(a));
    const large = firsts.filter((first) => workOf(first) > largest);
    const others = firsts.slice(large.length);
    const group = others.map((first) => chains.get(first)!);
    const isWorthIt = group.length > 1 && sumOf(others.map(workOf)) >= WORTH_SHARING;
    const alone = [...large.map((first) => chains.get(first)!), ...(isWorthIt ? [] : group)];
    return [...alone.flat().map((step) => [[step]]), ...(isWorthIt ? [group] : [])];
  }
}
