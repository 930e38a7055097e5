/** @file Classes of Modules whose constructors run in lanes, so that an instance is many models. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Filter } from "../../graph/filters.ts";
import { iterGraph } from "../../graph/iterate.ts";
import { isPytree } from "../../graph/kinds.ts";
import { mapLeaves } from "../../graph/map-leaves.ts";
import { atBoundary } from "../../module/boundary.ts";
import type { Module } from "../../module/module.ts";
import { RngStream } from "../../random/rng-stream.ts";
import { Sampler } from "../../random/sampler.ts";
import { splitRngs } from "../../random/tree.ts";
import type { Variable } from "../../variable/variable.ts";
import { StateAxes } from "../state-axes.ts";
import type { LaneAxes } from "./axes.ts";
import type { ModuleClass } from "./module-class.ts";
import { runLanes } from "./run-lanes.ts";

/** How the constructor runs. */
export interface ConstructedInLanes {
  /** How many models an instance is. */
  readonly axisSize: number;
  readonly axisName?: string | undefined;
  /** The axis of the Variables. */
  readonly stateAxes: number | StateAxes;
  /** Which random streams of the arguments are split, so that each model draws by itself. */
  readonly split: Filter;
}

/**
 * `Target`, which extends `Class`, with a constructor that runs in lanes: the random streams of its arguments are split,
 * all else in them is the same for all models.
 */
export function constructedInLanes<C extends ModuleClass>(
  Class: C,
  Target: new (...args: unknown[]) => Module,
  { axisSize, axisName, stateAxes, split }: ConstructedInLanes,
): C {
  const made: object = new Proxy(Target, {
    construct(target, args: unknown[], newTarget) {
      const actual = newTarget === made ? target : newTarget;
      // Where the constructor throws, streams are as they were.
      return atBoundary(args, () => {
        const streams = streamsIn(args);
        const backups = splitRngs(streams, { splits: axisSize, only: split });
        try {
          // What was split has lanes; all else is the same for all models.
          const lanes = new Set<Variable>(
            streams.flatMap(({ key, count }) => (key.shape.length > 1 ? [key, count] : [])),
          );
          const axes = new StateAxes([
            [(_path, value) => lanes.has(value as Variable), 0],
            [true, null],
          ]);
          return runLanes({
            fn: (...given: unknown[]) => Reflect.construct(target, given, actual) as object,
            args,
            inAxes: (index) => axesOfArgument(args[index], axes),
            outAxes: stateAxes,
            axisSize,
            axisName,
            name: Class.name,
          }) as object;
        } finally {
          backups.restore();
        }
      });
    },
  });
  Object.defineProperty(Target.prototype, "constructor", {
    value: made,
    writable: true,
    configurable: true,
  });
  // It takes what the class takes, and its instances have what those of the class have.
  return made as C;
}

/** The random streams that are arguments, or stand in their options; those of models among them are the models' own. */
function streamsIn(args: readonly unknown[]): RngStream[] {
  const streams = new Set<RngStream>();
  mapLeaves(args, (leaf) => {
    if (leaf instanceof Sampler) {
      for (const [, value] of iterGraph(leaf)) if (value instanceof RngStream) streams.add(value);
    }
    return leaf;
  });
  return [...streams];
}

function isTensor(value: unknown): value is tf.Tensor {
  return typeof value === "object" && value !== null && "dataId" in value;
}

/** A stream has lanes or has none; so has a model; tensors are the same for all. */
function axesOfArgument(arg: unknown, axes: StateAxes): LaneAxes {
  if (isTensor(arg)) return null;
  if (isPytree(arg) || typeof arg !== "object" || arg === null) return axes;
  return mapLeaves(arg, (leaf) => (isTensor(leaf) ? null : axes)) as LaneAxes;
}
