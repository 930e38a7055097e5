/** @file Puts a WebAssembly module together and encodes it. */
import { ByteWriter } from "./byte-writer.ts";
import { FunctionBuilder } from "./function-builder.ts";
import {
  type FunctionRef,
  type GlobalRef,
  type Times,
  TYPE_CODES,
  type TypeRef,
  type ValueType,
} from "./types.ts";

/** The memory that a module imports, in pages of 64 KiB; `maximum` is needed if it is shared. */
export interface MemoryImport {
  readonly module: string;
  readonly name: string;
  readonly initial: number;
  readonly maximum?: number | undefined;
  readonly shared?: boolean | undefined;
}

/** What a function takes and gives. */
export interface Signature<Params extends readonly ValueType[] = readonly ValueType[]> {
  readonly params: Params;
  readonly results: readonly ValueType[];
}

const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  custom: 0,
} as const;
const FUNCTION_REFERENCE = 0x70;
const END = 0x0b;
const KIND = { function: 0, memory: 2, global: 3 } as const;
const CONSTANTS: Readonly<Record<ValueType, (writer: ByteWriter, value: number) => void>> = {
  i32: (writer, value) => (writer.byte(0x41), writer.signed(value)),
  i64: (writer, value) => (writer.byte(0x42), writer.signed64(BigInt(value))),
  f32: (writer, value) => (writer.byte(0x43), writer.float32(value)),
  f64: (writer, value) => (writer.byte(0x44), writer.float64(value)),
  v128: (writer) => writer.append([0xfd, 0x0c, ...Array.from<number>({ length: 16 }).fill(0)]),
};

/** A module with at most one memory, imported. */
export class ModuleBuilder {
  readonly #signatures: Signature[] = [];
  readonly #signatureIndices = new Map<string, number>();
  readonly #imported: { module: string; name: string; signature: number }[] = [];
  readonly #functions: { builder: FunctionBuilder; signature: number }[] = [];
  readonly #globals: { type: ValueType; initial: number }[] = [];
  /** The numbers of functions in the table, by their indices. */
  readonly #table = new Map<number, number>();
  readonly #exports: { name: string; kind: number; index: number }[] = [];
  readonly #shared = new Map<unknown, FunctionRef | GlobalRef>();
  #memory: MemoryImport | undefined;

  /** Imports the memory that all loads and stores are of. */
  importMemory(memory: MemoryImport): void {
    this.#memory = memory;
  }

  /** Imports a function; before any is defined, since imports are counted first. */
  importFunction(module: string, name: string, signature: Signature): FunctionRef {
    if (this.#functions.length) throw new Error("internal: import functions before defining any");
    this.#imported.push({ module, name, signature: this.#signatureIndex(signature) });
    return { index: this.#imported.length - 1, name };
  }

  /** A mutable global variable. */
  global(type: ValueType, initial = 0): GlobalRef {
    this.#globals.push({ type, initial });
    return { index: this.#globals.length - 1, type };
  }

  /** Defines a function; `name` is what profilers show. Its body may be written before or after others are defined. */
  function<const Params extends readonly ValueType[]>(
    name: string,
    signature: Signature<Params>,
    body?: (f: FunctionBuilder<Params>) => unknown,
  ): FunctionBuilder<Params> {
    const index = this.#imported.length + this.#functions.length;
    const builder = new FunctionBuilder({ index, name }, signature.params);
    this.#functions.push({ builder, signature: this.#signatureIndex(signature) });
    body?.(builder);
    return builder;
  }

  /** Defines a function of `count` int32 that gives nothing. */
  procedure<Count extends number>(
    name: string,
    count: Count,
    body?: (f: FunctionBuilder<Times<"i32", Count>>) => unknown,
  ): FunctionBuilder<Times<"i32", Count>> {
    const params = Array.from({ length: count }, () => "i32") as Times<"i32", Count>;
    return this.function(name, { params, results: [] }, body);
  }

  /** What `define` gave when it was first called with `key`: for what many functions use. */
  once<Ref extends FunctionRef | GlobalRef>(key: unknown, define: () => Ref): Ref {
    const known = this.#shared.get(key) as Ref | undefined;
    if (known) return known;
    const ref = define();
    this.#shared.set(key, ref);
    return ref;
  }

  /** The number of `fn` in the module's table, for indirect calls. */
  tableIndex(fn: FunctionRef): number {
    let number = this.#table.get(fn.index);
    if (number === undefined) this.#table.set(fn.index, (number = this.#table.size));
    return number;
  }

  /** The type of functions with this signature, for indirect calls. */
  typeOf(signature: Signature): TypeRef {
    return { index: this.#signatureIndex(signature) };
  }

  exportFunction(name: string, fn: FunctionRef): void {
    this.#exports.push({ name, kind: KIND.function, index: fn.index });
  }

  exportGlobal(name: string, global: GlobalRef): void {
    this.#exports.push({ name, kind: KIND.global, index: global.index });
  }

  /** The binary module. */
  encode(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter();
    out.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(out, SECTION.type, this.#signatures, (writer, { params, results }) => {
      writer.byte(0x60);
      for (const types of [params, results])
        writer.prefixed(Uint8Array.from(types, (type) => TYPE_CODES[type]));
    });
    this.#encodeImports(out);
    section(out, SECTION.function, this.#functions, (writer, { signature }) => writer.unsigned(signature));
    const table = this.#table;
    section(out, SECTION.table, table.size > 0 ? [table.size] : [], (writer, size) => {
      // No more and no fewer than these.
      writer.append([FUNCTION_REFERENCE, 1]);
      writer.unsigned(size);
      writer.unsigned(size);
    });
    section(out, SECTION.global, this.#globals, (writer, { type, initial }) => {
      writer.append([TYPE_CODES[type], 1]);
      CONSTANTS[type](writer, initial);
      writer.byte(END);
    });
    section(out, SECTION.export, this.#exports, (writer, { name, kind, index }) => {
      writer.text(name);
      writer.byte(kind);
      writer.unsigned(index);
    });
    section(out, SECTION.element, table.size > 0 ? [[...table.keys()]] : [], (writer, functions) => {
      writer.append([0, 0x41, 0, END]);
      writer.unsigned(functions.length);
      for (const index of functions) writer.unsigned(index);
    });
    section(out, SECTION.code, this.#functions, (writer, { builder }) => writer.prefixed(builder.encode()));
    this.#encodeNames(out);
    return Uint8Array.from(out.written);
  }

  #encodeImports(out: ByteWriter): void {
    const memory = this.#memory;
    section(out, SECTION.import, [...this.#imported, ...(memory ? [memory] : [])], (writer, item) => {
      writer.text(item.module);
      writer.text(item.name);
      if ("signature" in item) {
        writer.byte(KIND.function);
        writer.unsigned(item.signature);
        return;
      }
      writer.byte(KIND.memory);
      writer.byte((item.shared ? 2 : 0) | (item.maximum === undefined ? 0 : 1));
      writer.unsigned(item.initial);
      if (item.maximum !== undefined) writer.unsigned(item.maximum);
    });
  }

  #encodeNames(out: ByteWriter): void {
    const names = new ByteWriter();
    names.text("name");
    section(names, 1, [...this.#functions], (writer, { builder }) => {
      writer.unsigned(builder.ref.index);
      writer.text(builder.ref.name);
    });
    out.byte(SECTION.custom);
    out.prefixed(names.written);
  }

  #signatureIndex(signature: Signature): number {
    const key = `${signature.params.join()}:${signature.results.join()}`;
    let index = this.#signatureIndices.get(key);
    if (index === undefined) {
      this.#signatureIndices.set(key, (index = this.#signatures.length));
      this.#signatures.push(signature);
    }
    return index;
  }
}

function section<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (writer: ByteWriter, item: T) => void,
): void {
  if (!items.length) return;
  const writer = new ByteWriter();
  writer.unsigned(items.length);
  for (const item of items) write(writer, item);
  out.byte(id);
  out.prefixed(writer.written);
}
