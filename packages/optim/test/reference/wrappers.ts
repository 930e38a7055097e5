/** @file Wrappers, masks and other transformations of `optim_more.json`. */
import type { ReferenceCase } from "./case.ts";

export const wrappers: readonly ReferenceCase[] = [];
