/** @file Writes the body of one WebAssembly function. */
import { ByteWriter } from "./byte-writer.ts";
import {
  ALIGNMENTS,
  LANE_OPCODES,
  type LaneOpcode,
  MEMORY_LANE_OPCODES,
  MEMORY_OPCODES,
  type MemoryLaneOpcode,
  type MemoryOpcode,
  type Opcode,
  OPCODES,
} from "./opcodes.ts";
import {
  type FunctionRef,
  type GlobalRef,
  type Local,
  type LocalsOf,
  type Times,
  TYPE_CODES,
  type TypeRef,
  type ValueType,
} from "./types.ts";

export type { LaneOpcode, MemoryLaneOpcode, MemoryOpcode, Opcode } from "./opcodes.ts";

/** Where a branch can go: the end of a block, the beginning of a loop. */
export interface Label {
  readonly depth: number;
}

/** An int32: a constant, a local, or what the emitter leaves on the stack. */
export type Int = number | Local | (() => unknown);

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const EMPTY = 0x40;
const SET = 0x21;

/**
 * Emits instructions in the order of the stack machine; each method gives the builder, so that they chain:
 * `f.get(a).get(b).op("f32x4.add").set(c)`.
 */
export class FunctionBuilder<Params extends readonly ValueType[] = readonly ValueType[]> {
  readonly ref: FunctionRef;
  readonly params: LocalsOf<Params>;
  readonly #code = new ByteWriter();
  readonly #localTypes: ValueType[] = [];
  readonly #freeLocals = new Map<ValueType, Local[]>();
  /** Constants of loops. */
  readonly #constants = new Map<string, { readonly local: Local; readonly bytes: Uint8Array }>();
  #depth = 0;
  /** How many loops there are around what comes next. */
  #loops = 0;

  constructor(ref: FunctionRef, params: Params) {
    this.ref = ref;
    this.params = params.map((type, index) => ({ index, type })) as LocalsOf<Params>;
  }

  /** A local variable. It is zero, unless it is a freed one: then it holds what it held. */
  local(type: ValueType): Local {
    const free = this.#freeLocals.get(type)?.pop();
    return free ?? this.#newLocal(type);
  }

  /** Several local variables of a type. */
  locals<Count extends number>(type: ValueType, count: Count): Times<Local, Count> {
    return Array.from({ length: count }, () => this.local(type)) as Times<Local, Count>;
  }

  /** Gives locals back, for `local` to hand out again. */
  free(...locals: readonly Local[]): void {
    for (const local of locals) {
      const list = this.#freeLocals.get(local.type);
      if (list) list.push(local);
      else this.#freeLocals.set(local.type, [local]);
    }
  }

  get(local: Local): this {
    this.#code.instruction(0x20, local.index);
    return this;
  }

  set(local: Local): this {
    this.#code.instruction(SET, local.index);
    return this;
  }

  tee(local: Local): this {
    this.#code.instruction(0x22, local.index);
    return this;
  }

  getGlobal(global: GlobalRef): this {
    return this.#indexed(0x23, global.index);
  }

  setGlobal(global: GlobalRef): this {
    return this.#indexed(0x24, global.index);
  }

  /** An instruction without immediates. */
  op(name: Opcode): this {
    this.#code.append(OPCODES[name]);
    return this;
  }

  /** An instruction on lane `lane`. */
  lane(name: LaneOpcode, lane: number): this {
    this.#code.append(LANE_OPCODES[name]);
    this.#code.byte(lane);
    return this;
  }

  /**
   * A load, store or atomic at the address on the stack plus `offset` bytes. Vectors need not be aligned.
   *
   * @param offset 0 to 2^32 - 1
   */
  memory(name: MemoryOpcode, offset = 0): this {
    return this.#access(MEMORY_OPCODES[name], ALIGNMENTS[name], offset);
  }

  /** A load into or a store from lane `lane` of the vector on the stack, after the address. */
  memoryLane(name: MemoryLaneOpcode, lane: number, offset = 0): this {
    this.#access(MEMORY_LANE_OPCODES[name], ALIGNMENTS[name], offset);
    this.#code.byte(lane);
    return this;
  }

  i32(value: number): this {
    this.#code.byte(0x41);
    this.#code.signed(value);
    return this;
  }

  i64(value: bigint): this {
    this.#code.byte(0x42);
    this.#code.signed64(value);
    return this;
  }

  f32(value: number): this {
    this.#code.byte(0x43);
    this.#code.float32(value);
    return this;
  }

  f64(value: number): this {
    this.#code.byte(0x44);
    this.#code.float64(value);
    return this;
  }

  /** A constant vector of 16 bytes. */
  v128(bytes: Uint8Array): this {
    // Engines make one by several instructions each time, in loops too, unless it is a local that is set before them.
    if (this.#loops === 0 || isZero(bytes)) appendConstant(this.#code, bytes);
    else this.get(this.#constantLocal(bytes));
    return this;
  }

  /** A constant vector of float32, all equal or each given. */
  f32x4(...lanes: [number] | [number, number, number, number]): this {
    const values = lanes.length === 1 ? new Float32Array(4).fill(lanes[0]) : Float32Array.from(lanes);
    return this.v128(new Uint8Array(values.buffer));
  }

  /** A constant vector of int32, all equal or each given. */
  i32x4(...lanes: [number] | [number, number, number, number]): this {
    const values = lanes.length === 1 ? new Int32Array(4).fill(lanes[0]) : Int32Array.from(lanes);
    return this.v128(new Uint8Array(values.buffer));
  }

  /** A constant vector of float64, all equal. */
  f64x2(value: number): this {
    return this.v128(new Uint8Array(new Float64Array([value, value]).buffer));
  }

  /** The 32-bit lanes of the two vectors on the stack, of which the second counts 4 to 7, in the order given. */
  shuffle32(a: number, b: number, c: number, d: number): this {
    this.#code.append([0xfd, 0x0d]);
    for (const lane of [a, b, c, d]) for (let byte = 0; byte < 4; byte++) this.#code.byte(4 * lane + byte);
    return this;
  }

  /** Pieces of `bytes` bytes by turns of the two vectors on the stack, from their first or, if `upper`, second halves. */
  interleave(bytes: 1 | 2, upper = false): this {
    this.#code.append([0xfd, 0x0d]);
    for (let i = 0; i < 16; i++) {
      const piece = Math.floor(i / (2 * bytes));
      const vector = Math.floor(i / bytes) % 2;
      this.#code.byte(16 * vector + (upper ? 8 : 0) + piece * bytes + (i % bytes));
    }
    return this;
  }

  call(fn: FunctionRef): this {
    return this.#indexed(0x10, fn.index);
  }

  /** Calls the function of the module's table whose number is on the stack, above its arguments. */
  callIndirect(type: TypeRef): this {
    this.#indexed(0x11, type.index);
    this.#code.byte(0);
    return this;
  }

  /** `memory.fill` of what is on the stack: address, byte, bytes. */
  fillMemory(): this {
    this.#code.append([0xfc, 0x0b, 0]);
    return this;
  }

  /** `memory.copy` of what is on the stack: to, from, bytes. */
  copyMemory(): this {
    this.#code.append([0xfc, 0x0a, 0, 0]);
    return this;
  }

  /** `atomic.fence`. */
  fence(): this {
    this.#code.append([0xfe, 0x03, 0]);
    return this;
  }

  /** A branch to its label leaves the block. */
  block(body: (label: Label) => unknown, result?: ValueType): this {
    return this.#structured(BLOCK, body, result);
  }

  /** A branch to its label begins the loop again; without one it ends after its body. */
  loop(body: (label: Label) => unknown, result?: ValueType): this {
    return this.#structured(LOOP, body, result);
  }

  /** Runs `then` if the int32 on the stack is not 0. */
  if(then: (label: Label) => unknown, otherwise?: (label: Label) => unknown, result?: ValueType): this {
    return this.#structured(
      IF,
      (label) => {
        then(label);
        if (!otherwise) return;
        this.#code.byte(ELSE);
        otherwise(label);
      },
      result,
    );
  }

  br(label: Label): this {
    return this.#indexed(0x0c, this.#depth - label.depth);
  }

  /** Branches if the int32 on the stack is not 0. */
  brIf(label: Label): this {
    return this.#indexed(0x0d, this.#depth - label.depth);
  }

  /** Branches to the label whose number is on the stack, or to the last. */
  brTable(labels: readonly Label[], otherwise: Label): this {
    this.#code.byte(0x0e);
    this.#code.unsigned(labels.length);
    for (const label of [...labels, otherwise]) this.#code.unsigned(this.#depth - label.depth);
    return this;
  }

  /** Leaves an int32 on the stack. */
  int(value: Int): this {
    if (typeof value === "number") return this.i32(value);
    if (typeof value === "function") value();
    else this.get(value);
    return this;
  }

  /** Adds `value`, or `times` as much, to the int32 on the stack. */
  plus(value: Int, times = 1): this {
    this.int(value);
    if (times !== 1) this.i32(times).op("i32.mul");
    return this.op("i32.add");
  }

  /** `local += value`, or `times` as much. */
  increase(local: Local, value: Int, times = 1): this {
    return value === 0 ? this : this.get(local).plus(value, times).set(local);
  }

  /** Leaves the smaller of two unsigned int32 on the stack. */
  smaller(a: Int, b: Int): this {
    return this.int(a).int(b).int(a).int(b).op("i32.lt_u").op("select");
  }

  /**
   * `for (counter = from; counter < to; counter += step) body()`, of unsigned int32, as byte counts of large tensors
   * need them. `to` is evaluated in each turn, so give it as a constant or a local; `to + step` must be below 2^32.
   *
   * @param step a positive constant, or a local
   */
  forRange(counter: Local, from: Int, to: Int, step: number | Local, body: () => unknown): this {
    const never = typeof from === "number" && typeof to === "number" && from >= to;
    const surely = typeof from === "number" && typeof to === "number" && from < to;
    this.int(from).set(counter);
    if (never) return this;
    const turns = () =>
      this.loop((again) => {
        body();
        this.get(counter).int(step).op("i32.add").tee(counter).int(to).op("i32.lt_u").brIf(again);
      });
    if (surely) return turns();
    return this.get(counter).int(to).op("i32.lt_u").if(turns);
  }

  /** Runs `body` `count` times, a constant. */
  repeat(count: number, body: () => unknown): this {
    if (count > 1) {
      const left = this.local("i32");
      this.i32(count).set(left);
      this.loop((again) => {
        body();
        this.get(left).i32(1).op("i32.sub").tee(left).brIf(again);
      });
      this.free(left);
    } else if (count === 1) body();
    return this;
  }

  /** The function's entry in the code section. */
  encode(): Uint8Array {
    const body = new ByteWriter();
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#localTypes) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    body.unsigned(runs.length);
    for (const { type, count } of runs) {
      body.unsigned(count);
      body.byte(TYPE_CODES[type]);
    }
    for (const { local, bytes } of this.#constants.values()) {
      appendConstant(body, bytes);
      body.byte(SET);
      body.unsigned(local.index);
    }
    body.append(this.#code.written);
    body.byte(END);
    return body.written;
  }

  /** The local that holds a constant from the beginning of the function on. */
  #constantLocal(bytes: Uint8Array): Local {
    const key = bytes.join();
    let constant = this.#constants.get(key);
    if (!constant) this.#constants.set(key, (constant = { local: this.#newLocal("v128"), bytes }));
    return constant.local;
  }

  #newLocal(type: ValueType): Local {
    this.#localTypes.push(type);
    return { index: this.params.length + this.#localTypes.length - 1, type };
  }

  #indexed(opcode: number, index: number): this {
    this.#code.instruction(opcode, index);
    return this;
  }

  #access(opcode: readonly number[], alignment: number, offset: number): this {
    this.#code.append(opcode);
    this.#code.instruction(alignment, offset);
    return this;
  }

  #structured(opcode: number, body: (label: Label) => unknown, result?: ValueType): this {
    this.#code.byte(opcode);
    this.#code.byte(result ? TYPE_CODES[result] : EMPTY);
    const loops = opcode === LOOP ? 1 : 0;
    this.#depth++;
    this.#loops += loops;
    body({ depth: this.#depth });
    this.#loops -= loops;
    this.#depth--;
    this.#code.byte(END);
    return this;
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

function appendConstant(code: ByteWriter, bytes: Uint8Array): void {
  code.append([0xfd, 0x0c]);
  code.append(bytes);
}
