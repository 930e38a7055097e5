/** @file Finds steps that go through the same matrices or rows, such as those of attention: block by block, what they compute on the way stays in the cache. */
import { type Buffer, type Expr, parts } from "../../expr/expr.ts";
import { byAxis, type Layout, product, simplify } from "../../expr/segments.ts";
import { exprsOf, loopOf, readsOf, writesOf } from "../../steps/accesses.ts";
import { type BatchDimension, batchSize, foldBatches, type MatmulSpec } from "../../steps/specs/matmul.ts";
import type { MapStep, ReduceStep, RoutineStep, Step } from "../../steps/step.ts";
import type { ChainOptions } from "./chains.ts";
import { unitsOf as unitsOfMap } from "./emit/map.ts";
import { unitsOf as unitsOfReduce } from "./emit/reduce-loops.ts";

/** Steps of which each can do its part for a block as soon as those before it have done theirs. */
export interface Blockwise {
  readonly steps: readonly Step[];
  /** How many blocks there are, of equal size. */
  readonly blocks: number;
  /** The buffers that steps write and others read: for each block a part of each. */
  readonly own: ReadonlySet<Buffer>;
}

/** A reduction of fewer elements than this stays in the cache as it is. */
const LEAST_ELEMENTS = 65_536;

/** How many steps in between may have nothing to do with those of a block: they run before. */
const MOST_SKIPPED = 8;

/** The share of the time for which all threads have to have blocks. */
const LEAST_BUSY = 0.7;

/** The same steps, in an order that depends on the same: those that go through blocks are together. */
export function findBlockwise(steps: readonly Step[], options: ChainOptions): (Step | Blockwise)[] {
  const result: (Step | Blockwise)[] = [];
  let rest = steps;
  while (rest.length > 0) {
    const found = beginningOf(rest, options);
    if (!found) {
      result.push(rest[0]!);
      rest = rest.slice(1);
      continue;
    }
    result.push(...found.skipped, found.blockwise);
    rest = rest.slice(found.skipped.length + found.blockwise.steps.length);
  }
  return result;
}

/** The blockwise steps that begin with the first of `steps`, and others among them, which may run before. */
function beginningOf(
  steps: readonly Step[],
  { threads, placeOf }: ChainOptions,
): { readonly skipped: readonly Step[]; readonly blockwise: Blockwise } | undefined {
  const [first] = steps;
  const isAlone = (buffer: Buffer) => placeOf(buffer) === buffer;
  let blocks = first && isBeginning(first) ? partsOf(first) : 1;
  if (!first || !isBusy(blocks, threads) || !writesOf(first).every(isAlone)) return undefined;
  const members = [first];
  const written = new Set(writesOf(first));
  const read = new Set(readsOf(first));
  const skipped: Step[] = [];
  // How many steps had been skipped when the last of those that go through blocks was found.
  let before = 0;
  for (const step of steps.slice(1)) {
    if ([...readsOf(step)].some((buffer) => written.has(buffer))) {
      const fewer = greatestDivisor(blocks, partsOf(step));
      const fits =
        isBusy(fewer, threads) &&
        writesOf(step).every((buffer) => isAlone(buffer) && !read.has(buffer) && !written.has(buffer)) &&
        areBlockwise([...members, step], fewer);
      if (!fits) break;
      blocks = fewer;
      members.push(step);
      for (const buffer of writesOf(step)) written.add(buffer);
      for (const buffer of readsOf(step)) read.add(buffer);
      before = skipped.length;
    } else {
      const isApart = writesOf(step).every((buffer) => {
        return !written.has(placeOf(buffer)) && !read.has(placeOf(buffer));
      });
      if (!isApart || skipped.length === MOST_SKIPPED) break;
      skipped.push(step);
    }
  }
  if (members.length < 2) return undefined;
  return { skipped: skipped.slice(0, before), blockwise: { steps: members, blocks, own: ownOf(members) } };
}

/** Whether `steps` can do their parts of blocks one after the other. */
function areBlockwise(steps: readonly Step[], blocks: number): boolean {
  const own = ownOf(steps);
  return steps.every((step) => isBlockwise(step, blocks, own));
}

function ownOf(steps: readonly Step[]): Set<Buffer> {
  const read = new Set(steps.flatMap((step) => [...readsOf(step), ...finishReads(step)]));
  return new Set(steps.flatMap((step) => writesOf(step).filter((buffer) => read.has(buffer))));
}

function finishReads(step: Step): readonly Buffer[] {
  return step.kind === "routine" && step.finish ? [...readsOf(step.finish)] : [];
}

function isBeginning(step: Step): boolean {
  if (step.kind === "reduce") return step.kept * step.reduced >= LEAST_ELEMENTS;
  return step.kind === "routine" && step.spec.kind === "matmul";
}

/** Whether so many blocks keep so many threads busy. */
function isBusy(blocks: number, threads: number): boolean {
  return blocks > 1 && blocks >= LEAST_BUSY * threads * Math.ceil(blocks / threads);
}

/** Into how many equal parts one after the other `step` can be divided at most; 1 for not at all. */
function partsOf(step: Step): number {
  if (step.kind === "map") return unitsOfMap(step) ?? 1;
  if (step.kind === "reduce") return unitsOfReduce(step) ?? 1;
  return step.spec.kind === "matmul" ? batchSize(foldBatches(step.spec).batch) : 1;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Whether each part of `step`, one of `blocks`, reads and writes of `own` nothing but that part of each buffer. */
function isBlockwise(step: Step, blocks: number, own: ReadonlySet<Buffer>): boolean {
  if (step.kind === "map") return isMapBlockwise(step, blocks, own);
  if (step.kind === "reduce") return isReductionBlockwise(step, blocks, own);
  return (
    step.spec.kind === "matmul" &&
    isProductBlockwise(step, step.spec, own) &&
    (!step.finish || isMapBlockwise(step.finish, blocks, own))
  );
}

function isMapBlockwise({ size, stores }: MapStep, blocks: number, own: ReadonlySet<Buffer>): boolean {
  const isPart = ({ buffer, layout }: Access) =>
    !own.has(buffer) || isInParts(layout, size, blocks, buffer.size);
  return stores.every(isPart) && accessesOf(stores.map(({ expr }) => expr)).every(isPart);
}

function isReductionBlockwise(step: ReduceStep, blocks: number, own: ReadonlySet<Buffer>): boolean {
  const { kept, reduced } = step;
  const size = kept * reduced;
  const isPart = ({ buffer, layout }: Access) =>
    !own.has(buffer) || isInParts(layout, size, blocks, buffer.size);
  return (
    kept % blocks === 0 &&
    (loopOf(step)?.stores ?? []).every(isPart) &&
    accessesOf(exprsOf(step)).every(isPart)
  );
}

/** What is read, or stored, of a buffer. */
interface Access {
  readonly buffer: Buffer;
  readonly layout: Layout | undefined;
}

function accessesOf(exprs: readonly Expr[]): Access[] {
  const seen = new Set<Expr>();
  return exprs.flatMap((expr) =>
    parts(expr, seen).flatMap((part): Access[] => {
      // A computed place may be anywhere.
      if (part.kind === "gather") return [{ buffer: part.buffer, layout: undefined }];
      return part.kind === "load" ? [{ buffer: part.buffer, layout: part }] : [];
    }),
  );
}

/** Whether each of `blocks` parts of a loop over `size` elements is at that part of a buffer. */
function isInParts(layout: Layout | undefined, size: number, blocks: number, bufferSize: number): boolean {
  const part = bufferSize / blocks;
  const [outer, inner] = (layout && byAxis(layout.segments, [blocks, size / blocks])) ?? [];
  if (!layout || !outer || !inner || !Number.isInteger(part)) return false;
  const runs = simplify(outer);
  const last = inner.reduce((sum, run) => sum + (run.size - 1) * run.stride, layout.offset);
  const isForward = layout.offset >= 0 && inner.every(({ stride }) => stride >= 0);
  return runs.length === 1 && runs[0]!.stride === part && isForward && last < part;
}

/** Whether each product of a batch has to do with the same part of each buffer of `own` that is an operand. */
function isProductBlockwise(step: RoutineStep, spec: MatmulSpec, own: ReadonlySet<Buffer>): boolean {
  const { m, n, k, a, b, batch } = foldBatches(spec);
  const ends = {
    a: (m - 1) * a.row + (k - 1) * a.column,
    b: (k - 1) * b.row + (n - 1) * b.column,
    c: m * n - 1,
  };
  return (["a", "b", "c"] as const).every((name, i) => {
    const { buffer, offset } = step.operands[i]!;
    if (!own.has(buffer)) return true;
    const part = buffer.size / batchSize(batch);
    const isRowMajor = batch.every((dimension: BatchDimension, d) => {
      return dimension[name] === part * product(batch.slice(d + 1).map(({ size }) => size));
    });
    return offset === 0 && isRowMajor && ends[name] < part;
  });
}
