/** @file What the code of an operation works with. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Apply } from "../../../expr/expr.ts";
import type { Lanes } from "./expression.ts";

/** An operation in a function. */
export interface Operation {
  readonly f: FunctionBuilder;
  readonly module: ModuleBuilder;
  readonly expr: Apply;
  /** Pushes an argument. */
  readonly push: (argument: number) => void;
  /** How many lanes count. */
  readonly lanes: Lanes;
  /** Whether it is in a long loop: then code is spared no length. */
  readonly isHot: boolean;
}

/** Emits an operation: pushes its result. */
export type EmitOperation = (operation: Operation) => void;
