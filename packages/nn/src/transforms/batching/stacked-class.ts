/** @file `vmap` of a class of Modules: instances are many models, with the lanes as an axis of their Variables. */
import { assertKnownOptions } from "../../checked-arguments.ts";
import { InvalidArgumentError } from "../../errors.ts";
import type { Filter } from "../../graph/filters.ts";
import { Module } from "../../module/module.ts";
import { atBoundary } from "../../module/boundary.ts";
import type { StateAxes } from "../state-axes.ts";
import type { LaneAxes } from "./axes.ts";
import { constructedInLanes } from "./constructed-in-lanes.ts";
import type { ModuleClass } from "./module-class.ts";
import { runLanes } from "./run-lanes.ts";

/** Options of `vmap` for a class of Modules. */
export interface VmapClassOptions {
  /** How many models an instance is. */
  axisSize: number;
  /** The axis of the Variables: 0 unless given; `StateAxes` by kind, with null for those that the models share. */
  stateAxes?: number | StateAxes | undefined;
  /** Where the lanes are in the arguments of methods: one for all, or an array with one for each. Default 0. */
  inAxes?: LaneAxes | undefined;
  /** Where the lanes are to be in what methods give. Default 0. */
  outAxes?: LaneAxes | undefined;
  /** A name for the lanes, for `pmean` and its like. */
  axisName?: string | undefined;
  /** Which random streams of the constructor's arguments are split, so that each model draws by itself. All by default. */
  split?: Filter | undefined;
}

/** What methods of the bases do is not for lanes. */
const OF_MODULES = new Set(["constructor", "setView"]);

const OPTIONS = ["axisSize", "stateAxes", "inAxes", "outAxes", "axisName", "split"];

function checkedOptions({ name }: ModuleClass, options: VmapClassOptions): VmapClassOptions {
  // Callers without types may have left it out.
  const given: Partial<VmapClassOptions> | undefined = options;
  assertKnownOptions(given ?? {}, OPTIONS, `vmap(${name})`);
  const axisSize = given?.axisSize;
  if (Number.isInteger(axisSize) && axisSize! > 0) return options;
  throw new InvalidArgumentError(
    `vmap(${name}): expected a positive integer for axisSize, the number of models, got ${axisSize}. ` +
      `Write vmap(${name}, { axisSize: 8 }).`,
  );
}

/** The class whose instances are `axisSize` models. */
export function stackedClass<C extends ModuleClass>(Class: C, options: VmapClassOptions): C {
  const {
    axisSize,
    axisName,
    stateAxes = 0,
    inAxes = 0,
    outAxes = 0,
    split = true,
  } = checkedOptions(Class, options);
  const Base = Class as unknown as new (...args: unknown[]) => Module;
  /** Instances whose methods run in a lane. */
  const running = new Set<unknown>();

  const Stacked = class extends Base {
    static override readonly name: string = Class.name;
  };
  const axesOf = (index: number): LaneAxes => {
    if (index === 0) return stateAxes;
    return Array.isArray(inAxes) ? (inAxes[index - 1] as LaneAxes) : inAxes;
  };
  for (const [key, method] of methodsOf(Base)) {
    const inLanes = function (this: Module, ...args: unknown[]): unknown {
      if (running.has(this)) return method.apply(this, args);
      const call = (model: unknown, ...given: unknown[]) => {
        running.add(model);
        try {
          return method.apply(model, given);
        } finally {
          running.delete(model);
        }
      };
      const run = { fn: call, inAxes: axesOf, outAxes, axisSize, axisName, name: `${Class.name}.${key}` };
      return atBoundary([this, ...args], () => runLanes({ ...run, args: [this, ...args] }));
    };
    Object.defineProperty(Stacked.prototype, key, { value: inLanes, writable: true, configurable: true });
  }

  return constructedInLanes(Class, Stacked, { axisSize, axisName, stateAxes, split });
}

/** The methods of a class and of those that it extends, below Module. */
function methodsOf(
  Class: abstract new (...args: never[]) => Module,
): Map<string, (...args: unknown[]) => unknown> {
  const methods = new Map<string, (...args: unknown[]) => unknown>();
  for (
    let prototype = Class.prototype as object;
    prototype !== Module.prototype && prototype !== null;
    prototype = Object.getPrototypeOf(prototype) as object
  ) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== "function" || OF_MODULES.has(key) || methods.has(key)) continue;
      methods.set(key, value as (...args: unknown[]) => unknown);
    }
  }
  return methods;
}
