/** @file The code of loops and branches: it says where a body finds its parameters, and runs the body's script. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionRef } from "../assembler/types.ts";
import { product } from "../../../expr/segments.ts";
import { isControl, type RoutineSpec } from "../../../steps/specs/routine-spec.ts";
import type { RoutineStep } from "../../../steps/step.ts";
import type { PreparedBody, PreparedControl } from "../prepared.ts";
import type { Base, Placement } from "./addresses.ts";
import type { Script } from "./script.ts";
import { basesFor, stepFunction, type StepCode } from "./step-function.ts";

/** A body as code. */
export interface BodyCode {
  /** The byte address of its table of addresses. */
  readonly table: number;
  /** What packs its weights, once for all turns. */
  readonly packing: Pick<Script, "begin" | "end"> | undefined;
  readonly script: Pick<Script, "begin" | "end">;
  readonly scratchBytes: number;
  readonly work: number;
}

/** What code of loops is made with. */
export interface ControlParts {
  readonly module: ModuleBuilder;
  /** `interpret(begin, end)`. */
  readonly interpret: FunctionRef;
  /** Makes the code of a body whose workspace is at an address. */
  readonly bodyCode: (body: PreparedBody, workspace: number) => BodyCode;
}

/** How many turns a loop with a condition is taken to have: nobody knows. */
const SOME_TURNS = 10;

/** Emits the function of a loop or a branch; one thread runs it, and lets others help with the steps of its bodies. */
export function emitControlStep(
  { module, interpret, bodyCode }: ControlParts,
  name: string,
  step: RoutineStep,
  { bodies }: PreparedControl,
  placement: Placement,
): Omit<StepCode, "operands"> {
  const { spec } = step;
  if (!isControl(spec)) throw new Error("internal: a routine without bodies");
  const buffers = step.operands.map(({ buffer }) => buffer);
  const place = placement.placeOf(buffers.at(-1)!);
  if (!("address" in place)) throw new Error("internal: a workspace without an address");
  const codes = bodies.map((body) => bodyCode(body, place.address));
  const fn = stepFunction(module, name, (f) => {
    const bases = basesFor(f, placement, [], buffers);
    const writer = new ControlWriter(
      f,
      interpret,
      buffers.map((buffer) => bases.of(buffer)),
      place.address,
    );
    if (spec.kind === "scan") writer.scan(spec, bodies[0]!, codes[0]!);
    else if (spec.kind === "while") writer.while(spec, bodies, codes);
    else writer.cond(bodies, codes);
  });
  return {
    fn,
    units: 1,
    scratchBytes: Math.max(0, ...codes.map((code) => code.scratchBytes)),
    work: workOf(spec, codes),
  };
}

function workOf(spec: RoutineSpec<"scan" | "while" | "cond">, codes: readonly BodyCode[]): number {
  const works = codes.map(({ work }) => work);
  if (spec.kind === "cond") return Math.max(...works);
  const turns = spec.kind === "scan" ? spec.length : SOME_TURNS;
  return turns * works.reduce((sum, work) => sum + work, 0);
}

/** Writes the code of one loop or branch. */
class ControlWriter {
  readonly #f: FunctionBuilder;
  readonly #interpret: FunctionRef;
  readonly #operands: readonly Base[];
  readonly #workspace: number;

  constructor(f: FunctionBuilder, interpret: FunctionRef, operands: readonly Base[], workspace: number) {
    this.#f = f;
    this.#interpret = interpret;
    this.#operands = operands;
    this.#workspace = workspace;
  }

  scan(
    { carries, sequences, length, reverse }: RoutineSpec<"scan">,
    body: PreparedBody,
    code: BodyCode,
  ): void {
    const f = this.#f;
    const { parameters, outputs } = body.prepared.graph;
    this.#carries(body, code, carries);
    this.#constants(body, code, carries + sequences);
    if (length === 0) return;
    this.#pack(body, code);
    const slices = [
      ...this.#range(carries, carries + sequences, (i) => ({
        entry: i,
        operand: i,
        shape: parameters[i]!.shape,
      })),
      ...this.#range(carries, outputs.length, (i) => ({
        entry: parameters.length + i,
        operand: parameters.length + i,
        shape: outputs[i]!.value.shape,
      })),
    ].map(({ entry, operand, shape }) => {
      const bytes = 4 * product(shape);
      const pointer = f.local("i32");
      this.#push(operand);
      if (reverse) f.plus((length - 1) * bytes);
      f.set(pointer);
      const apart = body.apart.get(entry);
      if (apart !== undefined) this.#setEntry(code, entry, () => f.i32(this.#workspace + apart));
      return { entry, bytes, pointer, apart, isRead: entry < parameters.length };
    });
    const turn = f.local("i32");
    f.forRange(turn, 0, length, 1, () => {
      for (const { entry, bytes, pointer, apart, isRead } of slices) {
        if (apart === undefined) this.#setEntry(code, entry, () => f.get(pointer));
        else if (isRead)
          f.i32(this.#workspace + apart)
            .get(pointer)
            .i32(bytes)
            .copyMemory();
      }
      this.#run(code.script);
      for (const { bytes, pointer, apart, isRead } of slices) {
        if (apart !== undefined && !isRead)
          f.get(pointer)
            .i32(this.#workspace + apart)
            .i32(bytes)
            .copyMemory();
        f.increase(pointer, reverse ? -bytes : bytes);
      }
    });
  }

  while(
    { carries }: RoutineSpec<"while">,
    [condition, body]: readonly PreparedBody[],
    [conditionCode, code]: readonly BodyCode[],
  ): void {
    const f = this.#f;
    const { parameters } = body!.prepared.graph;
    this.#carries(body!, code!, carries);
    this.#constants(body!, code!, carries);
    this.#pack(body!, code!);
    for (const [i] of parameters.entries())
      this.#setEntry(conditionCode!, i, () => this.#push(i < carries ? parameters.length + i : i));
    const result = this.#workspace + condition!.bytes;
    this.#setEntry(conditionCode!, parameters.length, () => f.i32(result));
    f.block((over) => {
      f.loop((again) => {
        this.#run(conditionCode!.script);
        f.i32(result).memory("i32.load").op("i32.eqz").brIf(over);
        this.#run(code!.script);
        f.br(again);
      });
    });
  }

  cond(bodies: readonly PreparedBody[], codes: readonly BodyCode[]): void {
    const f = this.#f;
    const index = f.local("i32");
    this.#push(0);
    f.memory("i32.load").set(index);
    const last = bodies.length - 1;
    f.block((over) => {
      for (const [branch, { prepared }] of bodies.entries()) {
        const { parameters, outputs } = prepared.graph;
        const run = () => {
          for (const [i] of parameters.entries()) this.#setEntry(codes[branch]!, i, () => this.#push(i + 1));
          for (const [i] of outputs.entries()) {
            const entry = parameters.length + i;
            this.#setEntry(codes[branch]!, entry, () => this.#push(entry + 1));
          }
          this.#run(codes[branch]!.script);
        };
        if (branch === last) run();
        else {
          f.get(index).i32(branch).op("i32.le_s");
          f.if(() => {
            run();
            f.br(over);
          });
        }
      }
    });
  }

  /** Copies what is carried to where it is at the end, and stays meanwhile. */
  #carries({ prepared }: PreparedBody, code: BodyCode, carries: number): void {
    const f = this.#f;
    const { parameters } = prepared.graph;
    for (let i = 0; i < carries; i++) {
      const end = parameters.length + i;
      this.#push(end);
      this.#push(i);
      f.i32(4 * product(parameters[i]!.shape)).copyMemory();
      for (const entry of [i, end]) this.#setEntry(code, entry, () => this.#push(end));
    }
  }

  #constants({ prepared }: PreparedBody, code: BodyCode, first: number): void {
    for (let i = first; i < prepared.graph.parameters.length; i++)
      this.#setEntry(code, i, () => this.#push(i));
  }

  #pack({ prepared, packed }: PreparedBody, code: BodyCode): void {
    for (const [i, { entry }] of prepared.weights.entries())
      this.#setEntry(code, entry, () => this.#f.i32(this.#workspace + packed[i]!));
    if (code.packing) this.#run(code.packing);
  }

  /** Pushes the address of an operand. */
  #push(operand: number): void {
    const { constant, pointer } = this.#operands[operand]!;
    if (pointer) this.#f.get(pointer);
    else this.#f.i32(constant);
  }

  #setEntry({ table }: BodyCode, entry: number, push: () => unknown): void {
    this.#f.i32(table + 4 * entry);
    push();
    this.#f.memory("i32.store");
  }

  #run({ begin, end }: Pick<Script, "begin" | "end">): void {
    this.#f.i32(begin).i32(end).call(this.#interpret);
  }

  #range<T>(from: number, to: number, make: (i: number) => T): T[] {
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => make(from + i));
  }
}
