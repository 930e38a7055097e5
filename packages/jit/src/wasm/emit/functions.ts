/** @file Operations that take more than an instruction. */
import type { OpName } from "../expr/operations.ts";
import { INTEGERS } from "./integers.ts";
import type { EmitOperation } from "./operation.ts";
import { RANDOM } from "./random.ts";

/** The code of each. */
export const FUNCTIONS: Readonly<Partial<Record<OpName, EmitOperation>>> = { ...INTEGERS, ...RANDOM };
