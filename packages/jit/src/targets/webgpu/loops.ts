/** @file Loops over slices as steps: where what is carried lies, and pieces of what a loop around goes along. */
import type { Value } from "@nnx-js/nn/trace";
import { type Buffer, type Lane, load } from "../../expr/expr.ts";
import { contiguous, product } from "../../expr/segments.ts";
import { laneOfDtype } from "../../lower/context.ts";
import type { RoutineSpec } from "../../steps/specs/routine-spec.ts";
import type { MapStep, RoutineStep, Step } from "../../steps/step.ts";
import { ALONG, type Along, type AlongOf, numbersOf } from "./launch/task-code.ts";
import { temporary } from "./tasks.ts";

/** A loop over slices. */
export type ScanStep = RoutineStep & { readonly spec: RoutineSpec<"scan"> };

/** Of more elements than this two are not kept: the next ones take the place of those before. */
const LARGE = 2 ** 18;

/** Whether `step` is a loop over slices. */
export function isScan(step: Step): step is ScanStep {
  return step.kind === "routine" && step.spec.kind === "scan";
}

/** Whether what a loop carries has one place. Else it has two, of which turns read one and write the other. */
export function staysInPlace({ shape }: Pick<Value, "shape">): boolean {
  return product(shape) > LARGE;
}

/** How a body's buffer, which may be the output of a number, is elsewhere in each turn. */
export function alongIn(
  { body, carries, sequences }: ScanStep["spec"],
  { role }: Buffer,
  output = -1,
): Along | undefined {
  const isParameter = role.kind === "parameter";
  const at = isParameter ? role.index : output;
  if (at < 0 || (isParameter && at >= carries + sequences)) return undefined;
  if (at >= carries) return ALONG.slice;
  if (staysInPlace(body.graph.parameters[at]!)) return undefined;
  return isParameter ? ALONG.carried : ALONG.next;
}

/**
 * The same steps; what a loop carries is copied before it to where turns find it, and from there when it is over. So its
 * operands are what its body finds where its parameters and its outputs are, and behind those its workspace.
 *
 * @param workspaceOf how many elements the body of a loop works on beside
 */
export function withCarries(steps: readonly Step[], workspaceOf: (step: ScanStep) => number): Step[] {
  return steps.flatMap((step) => {
    if (!isScan(step)) return [step];
    const { body, carries, length, reverse } = step.spec;
    const { parameters } = body.graph;
    const [first, last] = reverse ? [length - 1, 0] : [0, length - 1];
    const buffers = step.operands.map(({ buffer }) => buffer);
    const before: Step[] = [];
    const after: Step[] = [];
    for (let i = 0; i < carries; i++) {
      const [from, to] = [buffers[i]!, step.writes[i]!];
      const { size } = to;
      const isOne = staysInPlace(parameters[i]!);
      const place = isOne ? to : temporary(2 * size);
      const [begin, end] = isOne ? [0, 0] : [numbersOf(first)[ALONG.carried], numbersOf(last)[ALONG.next]];
      const lane = laneAt(step, i);
      before.push(...copyOf({ size, lane }, [from, 0], [place, begin * size]));
      if (!isOne) after.push(...copyOf({ size, lane }, [place, end * size], [to, 0]));
      buffers[i] = buffers[parameters.length + i] = place;
    }
    const workspace = temporary(workspaceOf(step));
    const loop: RoutineStep = {
      ...step,
      operands: [...buffers, workspace].map((buffer) => ({ buffer, offset: 0 })),
      reads: buffers.slice(0, parameters.length),
      writes: [...buffers.slice(parameters.length), workspace],
    };
    return [...before, loop, ...after];
  });
}

/**
 * The same steps of a body; a loop within has copies of what is elsewhere in each turn of the loop around, which stay
 * where they are during all its own turns.
 */
export function piecesApart(steps: readonly Step[], alongOf: AlongOf): Step[] {
  return steps.flatMap((step) => {
    if (!isScan(step)) return [step];
    const copies = new Map<Buffer, { readonly copy: Buffer; readonly lane: Lane }>();
    for (const [entry, { buffer }] of step.operands.entries()) {
      if (alongOf(buffer) === undefined || copies.has(buffer)) continue;
      copies.set(buffer, { copy: temporary(buffer.size), lane: laneAt(step, entry) });
    }
    const apart = (buffer: Buffer) => copies.get(buffer)?.copy ?? buffer;
    const copied = (buffers: readonly Buffer[], isBack: boolean) =>
      [...copies].flatMap(([piece, { copy, lane }]) => {
        if (!buffers.includes(piece)) return [];
        const [from, to] = isBack ? [copy, piece] : [piece, copy];
        return copyOf({ size: piece.size, lane }, [from, 0], [to, 0]);
      });
    const loop: RoutineStep = {
      ...step,
      operands: step.operands.map(({ buffer, offset }) => ({ buffer: apart(buffer), offset })),
      reads: step.reads.map(apart),
      writes: step.writes.map(apart),
    };
    return [...copied(step.reads, false), loop, ...copied(step.writes, true)];
  });
}

type Begin = readonly [buffer: Buffer, offset: number];

/** How elements of what the body finds at an entry are held. */
function laneAt({ spec }: ScanStep, entry: number): Lane {
  const { parameters, outputs } = spec.body.graph;
  return laneOfDtype((parameters[entry] ?? outputs[entry - parameters.length]!.value).dtype);
}

interface Elements {
  readonly size: number;
  readonly lane: Lane;
}

function copyOf({ size, lane }: Elements, [from, begin]: Begin, [to, offset]: Begin): MapStep[] {
  const run = contiguous(size);
  const expr = { ...load(from, lane), ...run, offset: begin };
  return size === 0
    ? []
    : [{ kind: "map", size, stores: [{ buffer: to, layout: { ...run, offset }, expr }] }];
}
