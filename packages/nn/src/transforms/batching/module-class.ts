/** @file Tells classes of Modules from functions. */
import { isPytree, MODULE } from "../../graph/kinds.ts";
import type { Module } from "../../module/module.ts";

/** A class of Modules. */
export type ModuleClass = abstract new (...args: never[]) => Module;

/** Whether `value` is a class of Modules, not a function. */
export function isModuleClass(value: unknown): value is ModuleClass {
  return typeof value === "function" && typeof value.prototype === "object" && isModule(value.prototype);
}

function isModule(value: unknown): boolean {
  return isPytree(value) && MODULE in value;
}
