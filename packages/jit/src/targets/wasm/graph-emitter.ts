/** @file The code of all steps of a graph, and of the bodies of its loops and branches. */
import type { Buffer } from "../../expr/expr.ts";
import type { Arrangement } from "./arrangement.ts";
import type { ModuleBuilder } from "./assembler/module-builder.ts";
import type { FunctionRef } from "./assembler/types.ts";
import type { Current } from "./emit/addresses.ts";
import { blocksCode, chainsCode, emitBlocks, emitChains } from "./emit/chains.ts";
import { type BodyCode, emitControlStep } from "./emit/control.ts";
import { writeScript } from "./emit/script.ts";
import { isWorthSharing } from "./emit/sharing.ts";
import type { StepCode } from "./emit/step-function.ts";
import { emitSteps } from "./emit/steps.ts";
import type { Allocator } from "./memory/arena.ts";
import { Pieces } from "./pieces.ts";
import type { PreparedBody, PreparedGraph } from "./prepared.ts";
import type { Pool } from "./threads/pool.ts";
import { emitPacking } from "./weights/emit-packing.ts";

/** What code is made with. */
interface EmitterParts {
  readonly module: ModuleBuilder;
  readonly arena: Allocator;
  readonly current: Current;
  /** `interpret(begin, end)` runs a script. */
  readonly interpret: FunctionRef;
  /** The threads that help with large steps; undefined where none can. */
  readonly poolOf: () => Pick<Pool, "size"> | undefined;
}

/** The code of a graph. */
interface GraphCode {
  /** What packs weights. */
  readonly packers: readonly StepCode[];
  /** What runs one after the other: steps, or chains of steps. */
  readonly codes: readonly StepCode[];
  /** One for each step. */
  readonly stepCodes: readonly StepCode[];
}

/** The memory of a graph. @param workspace the byte address of one that is there already */
export function piecesOf(arena: Allocator, prepared: PreparedGraph, workspace?: number): Pieces {
  const { graph, arrangement, assigned, weights } = prepared;
  const counts = {
    parameters: graph.parameters.length,
    outputs: graph.outputs.length,
    weights: weights.length,
  };
  return new Pieces(arena, arrangement, assigned, counts, workspace);
}

/** Emits the code of a program. */
export class GraphEmitter {
  /** Whether threads share steps of bodies. */
  isShared = false;
  readonly #parts: EmitterParts;
  #chains: FunctionRef | undefined;

  constructor(parts: EmitterParts) {
    this.#parts = parts;
  }

  emit(prepared: PreparedGraph, pieces: Pieces): GraphCode {
    const { module, current, interpret } = this.#parts;
    const placement = { placeOf: (buffer: Buffer) => pieces.placeOf(buffer), table: pieces.table, current };
    const packers = prepared.weights.map((weight) => emitPacking(module, weight, placement));
    const { arrangement, controls, graph } = prepared;
    const parts = {
      module,
      interpret,
      bodyCode: (body: PreparedBody, workspace: number) => this.#body(body, workspace),
    };
    const steps = arrangement.groups.flat(2);
    const stepCodes = emitSteps(module, graph.name, steps, pieces, current, (name, step, place) =>
      emitControlStep(parts, name, step, controls.get((step.spec as { id: number }).id)!, place),
    );
    return { packers, codes: this.#inGroups(stepCodes, arrangement), stepCodes };
  }

  #body({ prepared }: PreparedBody, workspace: number): BodyCode {
    const { module, arena, poolOf } = this.#parts;
    const pieces = piecesOf(arena, prepared, workspace);
    const { packers, codes } = this.emit(prepared, pieces);
    const all = [...packers, ...codes];
    const isShared = all.some(isWorthSharing);
    this.isShared ||= isShared;
    const helpers = isShared ? (poolOf()?.size ?? 0) : 0;
    const scriptOf = (steps: readonly StepCode[]) =>
      writeScript(arena, module, steps, { table: pieces.table, helpers });
    return {
      table: pieces.table,
      packing: packers.length > 0 ? scriptOf(packers) : undefined,
      script: scriptOf(codes),
      scratchBytes: all.reduce((most, code) => Math.max(most, code.scratchBytes), 0),
      work: codes.reduce((sum, { work }) => sum + work, 0),
    };
  }

  /** The codes of all steps, those of chains as one. */
  #inGroups(codes: readonly StepCode[], { groups, scratchBytes, blocksOf }: Arrangement): StepCode[] {
    const { module, current } = this.#parts;
    let at = 0;
    return groups.map((group, i) => {
      const chains = group.map((chain) => codes.slice(at, (at += chain.length)));
      const blocks = blocksOf.get(group[0]!)?.blocks;
      if (blocks !== undefined) {
        const bytes = scratchBytes[i]!;
        const fn = module.once(`blocks ${bytes}`, () => emitBlocks(module, current, bytes));
        return blocksCode(fn, chains[0]!, blocks, bytes);
      }
      if (group.length === 1) return chains[0]![0]!;
      this.#chains ??= emitChains(module, current);
      return chainsCode(this.#chains, chains, scratchBytes[i]!);
    });
  }
}
