/** @file Makes of one step the step that stands for all with its signature. */
import { type Buffer, type Expr, replaced } from "../expr/expr.ts";
import type { Segment } from "../expr/segments.ts";
import { SignatureWriter } from "./signature.ts";
import type { MapStep, Reduction, Step, Store } from "./step.ts";

/** A step that does the same as others with its signature, on buffers that stand for the slots of each. */
export interface General {
  readonly step: Step;
  /** One for each slot of the signature. */
  readonly buffers: readonly Buffer[];
}

/** The general form of `step`, whose signature is as loose as `isLoose` says: numbers are read from buffers there. */
export function generalOf(step: Step, isLoose: boolean): General {
  const writer = new SignatureWriter(isLoose);
  writer.step(step);
  const buffers = writer.slots.map((slot, id): Buffer => {
    const size = "buffer" in slot ? slot.buffer.size : 1;
    return { id, size, role: { kind: "temporary" } };
  });
  const done = new Map<Expr, Expr>();

  const place = <L extends { offset: number }>(buffer: Buffer, layout: L) => ({
    buffer: buffers[writer.slotOf(buffer, layout.offset)]!,
    layout: { ...layout, offset: writer.offsetIn(layout.offset) },
  });
  const general = (expr: Expr, size: number): Expr =>
    replaced(
      expr,
      (part) => {
        if (part.kind === "const") {
          const slot = writer.number(part);
          const segments: Segment[] = size === 1 ? [] : [{ size, stride: 0 }];
          return slot === undefined
            ? part
            : { kind: "load", lane: part.lane, buffer: buffers[slot]!, offset: 0, segments };
        }
        if (part.kind !== "load" && part.kind !== "gather") return undefined;
        const { buffer, layout } = place(part.buffer, part);
        return part.kind === "load"
          ? { ...layout, buffer }
          : { ...layout, buffer, index: general(part.index, size) };
      },
      done,
    );
  const placed = (stores: readonly Store[], size: number): Store[] =>
    stores.map(({ buffer, layout, expr }) => ({ expr: general(expr, size), ...place(buffer, layout) }));
  const map = ({ kind, size, stores }: MapStep): MapStep => ({ kind, size, stores: placed(stores, size) });

  if (step.kind === "map") return { step: map(step), buffers };
  if (step.kind === "reduce") {
    const { kept, reduced, across, stores } = step;
    const size = kept * reduced;
    const whole = (buffer: Buffer) => place(buffer, { offset: 0 }).buffer;
    const each = ({ reducer, expr, buffer, partials }: Reduction): Reduction => ({
      reducer,
      expr: general(expr, size),
      buffer: whole(buffer),
      partials: partials && whole(partials),
    });
    const reductions = step.reductions.map(each);
    const others = { across: across?.map(each), stores: stores && placed(stores, size) };
    return { step: { ...step, reductions, ...others }, buffers };
  }
  const operands = step.operands.map(({ buffer, offset }) => {
    const operand = place(buffer, { offset });
    return { buffer: operand.buffer, offset: operand.layout.offset };
  });
  return { step: { ...step, operands, finish: step.finish && map(step.finish) }, buffers };
}
