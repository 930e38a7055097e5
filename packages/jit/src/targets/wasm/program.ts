/** @file A graph as a WebAssembly program. */
import { ModuleBuilder } from "./assembler/module-builder.ts";
import { costOf } from "../../graph/cost.ts";
import type { Graph } from "@nnx-js/nn/trace";
import { HeapArena } from "./memory/arena.ts";
import type { Heap } from "./memory/heap.ts";
import { Holdings } from "../../memory/holdings.ts";
import type { LaunchProfile } from "../../profile.ts";
import { Turns } from "./threads/account.ts";
import { runGuarded } from "./threads/guard.ts";
import { poolOf, threadsFor } from "./threads/pool.ts";
import { declareInterpreter, emitRun } from "./emit/run.ts";
import { bordersOf, enabler, STEP, writeScript } from "./emit/script.ts";
import { isWorthSharing, WORTH_SHARING } from "./emit/sharing.ts";
import { GraphEmitter, piecesOf } from "./graph-emitter.ts";
import { prepareGraph } from "./prepared.ts";
import type { PackingStep } from "./weights/packed-weights.ts";
import { packedBytes, type Weight } from "./weights/weight.ts";
import { describeGroups, describeProgram } from "./describe.ts";

/** A compiled graph. Programs of one heap run one after the other. */
export interface WasmProgram {
  /**
   * Byte address of a table of int32 byte addresses: one for each parameter, then one for each output. The caller
   * fills it before `run`. An output may have the address of the parameter whose next value it is (`nextOf`). Behind
   * them come addresses of packed weights.
   */
  readonly table: number;
  /** Computes the outputs from the parameters. */
  run(): void;
  /** The same, step by step; tells how long each took. */
  runTimed(): LaunchProfile[];
  /** What packs weights, if it is enabled, as it is at first. */
  readonly packing: readonly PackingStep[];
  /** How many threads help with its large steps by now. */
  helpers(): number;
  /** The steps, what each costs, and the memory plan, as text. */
  describe(): string;
  /** All that it takes beside JavaScript's memory. */
  readonly holdings: Holdings;
  /** Frees its memory; it cannot run afterwards. */
  dispose(): void;
}

/**
 * Compiles `graph` for the memory of `heap`.
 *
 * @param still numbers of parameters that are the same in most calls: what products take of them is kept packed
 * @throws UnsupportedKernelError for a kernel that has no rule, HeapFullError; nothing is left in the heap then
 */
export function compileWasm(graph: Graph, heap: Heap, still: ReadonlySet<number> = new Set()): WasmProgram {
  const holdings = new Holdings();
  try {
    return compileInto(holdings, graph, heap, still);
  } catch (error) {
    holdings.dispose();
    throw error;
  }
}

function compileInto(holdings: Holdings, graph: Graph, heap: Heap, still: ReadonlySet<number>): WasmProgram {
  const arena = holdings.adopt(new HeapArena(heap));
  // Workers start while the rest is being compiled.
  if (graph.nodes.some((node) => costOf(node).flops >= WORTH_SHARING)) poolOf(heap);
  const prepared = prepareGraph(graph, still, threadsFor(heap));
  const { weights } = prepared;
  const pieces = piecesOf(arena, prepared);

  const module = new ModuleBuilder();
  module.importMemory({ module: "heap", name: "memory", initial: 1, maximum: 65_536, shared: heap.isShared });
  const operands = module.global("i32");
  const current = { operands, block: module.global("i32"), blockScratch: module.global("i32") };
  const interpreter = declareInterpreter(module);
  const emitter = new GraphEmitter({ module, arena, current, interpret: interpreter.builder.ref, poolOf: () => poolOf(heap) }); // prettier-ignore
  const { packers, codes: ownCodes, stepCodes } = emitter.emit(prepared, pieces);
  const codes = [...packers, ...ownCodes];
  const scratchBytes = codes.reduce((most, code) => Math.max(most, code.scratchBytes), 16);
  const scratch = arena.allocate(scratchBytes);
  const pool = emitter.isShared || codes.some(isWorthSharing) ? poolOf(heap) : undefined;
  const ready = arena.allocate(4);
  heap.int32(ready, 1)[0] = 0;
  const script = writeScript(arena, module, codes, { table: pieces.table, helpers: pool?.size ?? 0 });
  const runAll = emitRun(module, graph.name || "jitted", {
    script,
    interpreter,
    operands,
    scratch,
    pool,
    ready,
  });
  module.exportFunction("run", runAll);
  const compiled = new WebAssembly.Module(module.encode());
  const instance = new WebAssembly.Instance(compiled, { heap: { memory: heap.memory } });
  const shared = pool?.add(compiled, scratchBytes, ready);
  if (shared) {
    holdings.adopt(shared);
    arena.handOver(ready);
  }
  // The export has this signature.
  const start = instance.exports["run"] as (program: number) => void;
  const turns = pool && new Turns(pool.account);
  const helpers = () => heap.int32(ready, 1)[0]!;
  const part = instance.exports["part"] as (program: number, begin: number, end: number) => void;
  const borders = bordersOf(script, codes);
  const runTimed = () => {
    const groups = [...weights.map(packingGroup), ...describeGroups(prepared)];
    return codes.flatMap(({ work }, i): LaunchProfile[] => {
      const [begin, end] = [borders[i]!, borders[i + 1]!];
      // Of a weight that is packed already.
      const isIdle = heap.int32(begin + STEP.units, 1)[0] === 0;
      const from = performance.now();
      part(shared?.id ?? 0, begin, end);
      const milliseconds = performance.now() - from;
      return isIdle ? [] : [{ ...groups[i]!, milliseconds, flops: work }];
    });
  };
  const run = () => {
    const id = shared?.id ?? 0;
    if (turns && helpers() === pool.size) turns.run((isHelped) => start(isHelped ? id : 0));
    else start(id);
  };
  return {
    table: pieces.table,
    run: () => runGuarded(graph.name, pool, run),
    runTimed() {
      let launches: LaunchProfile[] = [];
      runGuarded(graph.name, pool, () => void (launches = runTimed()));
      return launches;
    },
    packing: weights.map((weight, i) => ({ weight, enable: enabler(heap, script, i) })),
    helpers,
    describe: () => describeProgram(prepared, stepCodes),
    holdings,
    dispose: () => holdings.dispose(),
  };
}

function packingGroup({ packing }: Weight): { label: string; bytes: number } {
  return { label: `packing of a weight ${packing.k}x${packing.n}`, bytes: 2 * packedBytes(packing) };
}
