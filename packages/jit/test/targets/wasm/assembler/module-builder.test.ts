import { describe, expect, test } from "vitest";
import { fusesMultiplyAdd } from "../../../../src/targets/wasm/assembler/features.ts";
import type {
  FunctionBuilder,
  LaneOpcode,
  MemoryOpcode,
  Opcode,
} from "../../../../src/targets/wasm/assembler/function-builder.ts";
import { ModuleBuilder, type Signature } from "../../../../src/targets/wasm/assembler/module-builder.ts";
import {
  ALIGNMENTS,
  LANE_OPCODES,
  MEMORY_LANE_OPCODES,
  OPCODES,
} from "../../../../src/targets/wasm/assembler/opcodes.ts";
import type { ValueType } from "../../../../src/targets/wasm/assembler/types.ts";

type Exported = Record<string, (...args: unknown[]) => unknown>;

function instantiate(module: ModuleBuilder, imports: WebAssembly.Imports = {}): Exported {
  return new WebAssembly.Instance(new WebAssembly.Module(module.encode()), imports).exports as Exported;
}

/** The one function that `body` writes, with a memory of one page. */
function single(signature: Signature, body: (f: FunctionBuilder) => unknown) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new ModuleBuilder();
  module.importMemory({ module: "env", name: "memory", initial: 1 });
  module.exportFunction("run", module.function("run", signature, body).ref);
  const { run } = instantiate(module, { env: { memory } });
  return { run: run!, memory };
}

describe("functions", () => {
  test("compute with parameters and constants of each scalar type", () => {
    const { run } = single({ params: ["i32", "f32"], results: ["f64"] }, (f) => {
      const [n, x] = f.params as [never, never];
      f.get(n).i32(-123_456_789).op("i32.add").op("f64.convert_i32_s");
      f.get(x).f32(0.1).op("f32.mul").op("f64.promote_f32").op("f64.add");
      f.i64(-(2n ** 40n))
        .op("f64.convert_i64_s")
        .op("f64.add")
        .f64(1e-3)
        .op("f64.add");
    });
    expect(run(5, 3)).toBe(5 - 123_456_789 + Math.fround(3 * Math.fround(0.1)) - 2 ** 40 + 1e-3);
  });

  test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
    "encode the constant %d",
    (value) => {
      expect(single({ params: [], results: ["i32"] }, (f) => f.i32(value)).run()).toBe(value);
      const wide = BigInt(value) * 2n ** 32n + 1n;
      expect(single({ params: [], results: ["i64"] }, (f) => f.i64(wide)).run()).toBe(
        BigInt.asIntN(64, wide),
      );
    },
  );

  test("call each other, defined before or after, and imported ones", () => {
    const module = new ModuleBuilder();
    const twice = module.importFunction("env", "twice", { params: ["i32"], results: ["i32"] });
    const main = module.function("main", { params: ["i32"], results: ["i32"] });
    const plusOne = module.function("plusOne", { params: ["i32"], results: ["i32"] }, (f) =>
      f.get(f.params[0]).i32(1).op("i32.add"),
    );
    main.get(main.params[0]).call(plusOne.ref).call(twice);
    module.exportFunction("main", main.ref);
    expect(instantiate(module, { env: { twice: (x: number) => 2 * x } })["main"]!(20)).toBe(42);
    expect(() => module.importFunction("env", "late", { params: [], results: [] })).toThrow("internal");
  });

  test("are defined once for a key", () => {
    const module = new ModuleBuilder();
    const define = () => module.function("helper", { params: [], results: [] }).ref;
    expect(module.once("helper", define)).toBe(module.once("helper", define));
  });

  test("show their names in stack traces", () => {
    const { run } = single({ params: [], results: [] }, (f) => f.op("unreachable"));
    let stack = "";
    try {
      run();
    } catch (error) {
      stack = (error as Error).stack!;
    }
    expect(stack).toMatch(/at run \(wasm:|run@|wasm-function\[\d\]/);
  });

  test("are called by their number in the table", () => {
    const module = new ModuleBuilder();
    const signature: Signature = { params: ["i32"], results: ["i32"] };
    const add = (name: string, amount: number) =>
      module.function(name, signature, (f) => f.get(f.params[0]!).i32(amount).op("i32.add")).ref;
    const [one, hundred] = [add("one", 1), add("hundred", 100)];
    expect([module.tableIndex(hundred), module.tableIndex(one), module.tableIndex(hundred)]).toEqual([
      0, 1, 0,
    ]);
    const type = module.typeOf(signature);
    const choose = module.function("choose", { params: ["i32", "i32"], results: ["i32"] }, (f) =>
      f.get(f.params[1]).get(f.params[0]).callIndirect(type),
    );
    module.exportFunction("choose", choose.ref);
    const run = instantiate(module)["choose"]!;
    expect([run(0, 5), run(1, 5)]).toEqual([105, 6]);
    expect(() => run(2, 5)).toThrow(WebAssembly.RuntimeError);
  });

  test("keep state in globals", () => {
    const module = new ModuleBuilder();
    const count = module.global("i32", 40);
    const next = module.function("next", { params: [], results: ["i32"] }, (f) =>
      f.getGlobal(count).i32(1).op("i32.add").setGlobal(count).getGlobal(count),
    );
    module.exportFunction("next", next.ref);
    module.exportGlobal("count", count);
    const exported = instantiate(module);
    expect([exported["next"]!(), exported["next"]!()]).toEqual([41, 42]);
    expect((exported["count"] as unknown as WebAssembly.Global).value).toBe(42);
  });
});

describe("control flow", () => {
  test.each([
    [0, 10, 3, 0 + 3 + 6 + 9],
    [5, 5, 1, 0],
    [6, 5, 1, 0],
    [4, 11, 2, 4 + 6 + 8 + 10],
  ])("loops from %d to %d by %d", (from, to, step, sum) => {
    const body = (
      f: FunctionBuilder,
      low: Parameters<typeof f.int>[0],
      high: Parameters<typeof f.int>[0],
    ) => {
      const [i, total] = [f.local("i32"), f.local("i32")];
      f.forRange(i, low, high, step, () => f.get(total).get(i).op("i32.add").set(total));
      f.get(total);
    };
    expect(single({ params: [], results: ["i32"] }, (f) => body(f, from, to)).run()).toBe(sum);
    const dynamic = single({ params: ["i32", "i32"], results: ["i32"] }, (f) =>
      body(f, () => f.get(f.params[0]!), f.params[1]!),
    );
    expect(dynamic.run(from, to)).toBe(sum);
  });

  test("branches out of nested blocks, by a condition and by a table", () => {
    const { run } = single({ params: ["i32"], results: ["i32"] }, (f) => {
      const x = f.params[0]!;
      f.block((outer) => {
        f.block((first) => {
          f.block((second) => f.get(x).brTable([first, second], outer));
          f.i32(200).op("return");
        });
        f.i32(100).op("return");
      });
      f.get(x).i32(7).op("i32.eq");
      f.if(
        () => f.i32(7),
        () => f.i32(-1),
        "i32",
      );
    });
    expect([0, 1, 2, 7].map((x) => run(x))).toEqual([100, 200, -1, 7]);
  });

  test("gives freed locals out again, of their type only", () => {
    single({ params: [], results: [] }, (f) => {
      const [a, b] = [f.local("v128"), f.local("i32")];
      f.free(a, b);
      expect(f.local("i32")).toBe(b);
      expect(f.local("f32").index).toBe(2);
      expect(f.local("v128")).toBe(a);
      expect(f.local("v128").index).toBe(3);
    });
  });
});

describe("vectors and memory", () => {
  test("load, compute, shuffle and store vectors", () => {
    const { run, memory } = single({ params: ["i32"], results: [] }, (f) => {
      const at = f.params[0]!;
      f.get(at).get(at).memory("v128.load", 4).f32x4(10, 20, 30, 40).op("f32x4.add").memory("v128.store", 32);
      f.get(at).f32x4(1, 2, 3, 4).f32x4(5).shuffle32(3, 4, 0, 1).memory("v128.store", 48);
      f.get(at).get(at).f32x4(0).memoryLane("v128.load32_lane", 2, 4).lane("f32x4.extract_lane", 2);
      f.memory("f32.store", 64);
    });
    new Float32Array(memory.buffer).set([0, 1, 2, 3, 4]);
    run(0);
    expect([...new Float32Array(memory.buffer, 32, 9)]).toEqual([11, 22, 33, 44, 4, 5, 1, 2, 1]);
  });

  test("fills memory", () => {
    const { run, memory } = single({ params: [], results: [] }, (f) => f.i32(8).i32(7).i32(4).fillMemory());
    run();
    expect([...new Uint8Array(memory.buffer, 6, 7)]).toEqual([0, 0, 7, 7, 7, 7, 0]);
  });

  test("shares memory and changes it atomically", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const module = new ModuleBuilder();
    module.importMemory({ module: "env", name: "memory", initial: 1, maximum: 2, shared: true });
    const fn = module.function("add", { params: ["i32"], results: ["i32"] }, (f) => {
      f.fence().i32(8).get(f.params[0]).memory("i32.atomic.rmw.add", 4).op("drop");
      f.i32(12).i32(1).memory("memory.atomic.notify").op("drop");
      f.i32(12).memory("i32.atomic.load");
    });
    module.exportFunction("add", fn.ref);
    const { add } = instantiate(module, { env: { memory } });
    expect([add!(2), add!(3)]).toEqual([2, 5]);
  });
});

describe("every opcode is valid with the operands that its name says", () => {
  const vectorShape = /^(?:[if]\d+x\d+|v128)/;

  function typeOf(name: string): ValueType {
    return (vectorShape.test(name) ? "v128" : name.slice(0, 3)) as ValueType;
  }

  function laneType(name: string): ValueType {
    return ({ i8x16: "i32", i16x8: "i32", i32x4: "i32", i64x2: "i64", f32x4: "f32", f64x2: "f64" } as const)[
      name.slice(0, 5) as "i8x16"
    ];
  }

  const unary = /\.(?:abs|neg|ceil|floor|trunc|nearest|sqrt|clz|ctz|popcnt|not|extend\d+_s)$/;
  const conversion = /_(?:low_|high_)?([if]\d+(?:x\d+)?)(?:_[su])?(?:_zero)?$/;

  function signatureOf(name: string): { params: ValueType[]; result: ValueType } | undefined {
    const own = typeOf(name);
    const [, kind = ""] = name.split(".");
    if (!name.includes(".")) return undefined;
    if (kind === "splat") return { params: [laneType(name)], result: "v128" };
    if (/^(?:all_true|any_true|bitmask)$/.test(kind)) return { params: ["v128"], result: "i32" };
    if (own === "v128" && /^sh[lr]/.test(kind)) return { params: ["v128", "i32"], result: "v128" };
    if (kind === "bitselect" || /madd|laneselect/.test(kind))
      return { params: ["v128", "v128", "v128"], result: "v128" };
    if (unary.test(name)) return { params: [own], result: own };
    if (kind === "eqz") return { params: [own], result: "i32" };
    if (/^(?:eq|ne|[lg][te])(?:_[su])?$/.test(kind))
      return { params: [own, own], result: own === "v128" ? "v128" : "i32" };
    const from = conversion.exec(kind)?.[1];
    if (from && !kind.startsWith("extmul")) return { params: [typeOf(from)], result: own };
    return { params: [own, own], result: own };
  }

  test.each(Object.keys(OPCODES) as Opcode[])("%s", (name) => {
    if (name.includes("relaxed") && !fusesMultiplyAdd()) return;
    const signature = signatureOf(name);
    if (!signature) return;
    const { run } = single({ params: [], results: [signature.result] }, (f) => {
      for (const type of signature.params) f.get(f.local(type));
      f.op(name);
    });
    expect(run).toBeTypeOf("function");
  });

  test.each(Object.keys(LANE_OPCODES) as LaneOpcode[])("%s", (name) => {
    const replaces = name.includes("replace");
    const { run } = single({ params: [], results: [replaces ? "v128" : laneType(name)] }, (f) => {
      f.get(f.local("v128"));
      if (replaces) f.get(f.local(laneType(name)));
      f.lane(name, 1);
    });
    expect(run).toBeTypeOf("function");
  });

  test.each(Object.keys(ALIGNMENTS))("%s", (name) => {
    const atomicExtra: Record<string, ValueType[]> = {
      "memory.atomic.notify": ["i32"],
      "memory.atomic.wait32": ["i32", "i64"],
      "memory.atomic.wait64": ["i64", "i64"],
      "i32.atomic.rmw.cmpxchg": ["i32", "i32"],
    };
    const own = name.startsWith("memory") ? "i32" : typeOf(name);
    const stores = name.includes("store");
    const module = new ModuleBuilder();
    module.importMemory({ module: "env", name: "memory", initial: 1, maximum: 1, shared: true });
    module.function("run", { params: [], results: stores ? [] : [own] }, (f) => {
      f.i32(0);
      if (stores || name.includes("_lane")) f.get(f.local(own));
      else if (name.includes("rmw") || name in atomicExtra) {
        for (const type of atomicExtra[name] ?? (["i32"] as const)) f.get(f.local(type));
      }
      if (name in MEMORY_LANE_OPCODES) f.memoryLane(name as keyof typeof MEMORY_LANE_OPCODES, 1, 300);
      else f.memory(name as MemoryOpcode, 300);
    });
    expect(() => new WebAssembly.Module(module.encode())).not.toThrow();
  });
});

test("loops count bytes of more than 2 GB", () => {
  const module = new ModuleBuilder();
  const f = module.function("count", { params: ["i32", "i32"], results: ["i32"] });
  const [from, to] = f.params;
  const [at, turns] = [f.local("i32"), f.local("i32")];
  const count = () => f.get(turns).i32(1).op("i32.add").set(turns);
  f.forRange(at, 2 ** 31 - 32, 2 ** 31 + 32, 16, count);
  f.forRange(at, () => f.get(from), to, 16, count);
  f.forRange(at, 3_000_000_000, to, 16, count);
  f.get(turns);
  module.exportFunction("count", f.ref);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()));
  // Addresses come back to JavaScript as int32.
  const run = exports["count"] as (from: number, to: number) => number;
  expect(run(2 ** 31 - 16, 2 ** 31 + 16)).toBe(4 + 2);
  expect(run(2 ** 32 - 64, 2 ** 32 - 16)).toBe(4 + 3 + Math.ceil((2 ** 32 - 16 - 3_000_000_000) / 16));
});
