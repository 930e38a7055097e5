/** @file Runs a function in many lanes at once. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { formatPath, type Path } from "../../graph/kinds.ts";
import { mapTensors } from "../../graph/map-tensors.ts";
import { recordBody, type RecordedBody } from "../../trace/record-body.ts";
import type { Variable } from "../../variable/variable.ts";
import { type LaneAxes, checkedAxis, type LaneAxis, visitAxes } from "./axes.ts";
import { inLane } from "./axis-names.ts";
import { batchGraph } from "./batch-graph.ts";
import { laneRunner } from "./lane-runner.ts";
import { argumentAt, type LaneArguments, laneArguments } from "./lane-arguments.ts";
import { inLanes, moveAxis } from "./operands.ts";
import type { Batched, Lanes } from "./rule.ts";
import { registerCollectives } from "./rules/collectives.ts";

/** What is to run, and how. */
export interface LaneRun {
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
  /** Where the lanes are in the argument at an index. */
  readonly inAxes: (index: number) => LaneAxes;
  readonly outAxes: LaneAxes;
  readonly axisSize: number | undefined;
  readonly axisName: string | undefined;
  readonly name: string;
}

/** The result of the function, with the lanes along `outAxes`; the Variables that it wrote have their new values. */
export function runLanes({ fn, args, inAxes, outAxes, axisSize, axisName, name }: LaneRun): unknown {
  registerCollectives();
  const given = laneArguments(args, inAxes, axisSize);
  const lanes: Lanes = { size: given.size, axisName };
  const body = recordBody(
    // Tensors that stand in the result twice may get two axes.
    (...tensors) =>
      inLane(lanes, () => mapTensors(fn(...given.withTensors(tensors)), (tensor) => tf.clone(tensor))),
    given.specs,
    { caller: `vmap(${name})`, name, variableShapes: given.variableShapes },
  );
  const engine = tf.engine();
  let results: tf.Tensor[] = [];
  engine.startScope("nnx:vmap");
  try {
    const run = laneRunner() ?? batchGraph;
    const outputs = run(body.graph, [...given.tensors(), ...surroundingsOf(body, given)], lanes);
    const placed = placedResults(body, outputs, outAxes, lanes);
    const written = writtenValues(body, outputs.slice(body.resultCount), given, lanes);
    results = placed;
    const result = body.finish(placed);
    body.write(written);
    return result;
  } finally {
    engine.endScope(results);
    body.dispose();
  }
}

/** The Variables and what the function closes over, as its graph takes them. */
function surroundingsOf(body: RecordedBody, given: LaneArguments): Batched[] {
  return body.surroundings().map((tensor, i) => {
    const known = body.variables[i];
    return known ? given.valueOf(known.variable) : { tensor, isBatched: false };
  });
}

/** The tensors of the result with the lanes where they are wanted. */
function placedResults(
  { result, resultLeaves }: RecordedBody,
  outputs: readonly Batched[],
  outAxes: LaneAxes,
  lanes: Lanes,
): tf.Tensor[] {
  const wanted = new Map<tf.Tensor | Variable, { axis: LaneAxis; path: Path }>();
  visitAxes(result, outAxes, [], {
    visit: (leaf, axis, path) => void wanted.set(leaf, { axis, path }),
    nameOf: resultAt,
  });
  return resultLeaves.map((leaf, i) => {
    const { axis, path } = wanted.get(leaf)!;
    const output = outputs[i]!;
    if (axis !== null) return withLanesAt(output, axis, lanes, resultAt(path));
    if (!output.isBatched) return output.tensor;
    throw new InvalidArgumentError(
      `vmap: expected the same in all lanes for ${resultAt(path)}, for which outAxes is null, found ` +
        `one for each lane. Give it an axis, or take a mean over the lanes: pmean(x, axisName).`,
    );
  });
}

function resultAt(path: Path): string {
  return path.length === 0 ? "the result" : `${formatPath(path)} of the result`;
}

function withLanesAt(output: Batched, axis: number, { size }: Lanes, what: string): tf.Tensor {
  const tensor = inLanes(output, size);
  return moveAxis(tensor, 0, checkedAxis(axis, tensor.shape, what));
}

/** What the Variables are to hold. */
function writtenValues(
  { variables }: RecordedBody,
  outputs: readonly Batched[],
  given: LaneArguments,
  lanes: Lanes,
): tf.Tensor[] {
  const written = variables.filter(({ isWritten }) => isWritten);
  return written.map(({ variable }, i) => {
    const output = outputs[i]!;
    const slot = given.slotOf(variable);
    if (slot && slot.axis !== null) return withLanesAt(output, slot.axis, lanes, argumentAt(slot.path));
    if (!output.isBatched) return output.tensor;
    const where = slot ? `${argumentAt(slot.path)}, which inAxes gives no axis` : "it is closed over";
    throw new InvalidArgumentError(
      `expected the same value from all lanes of the vmap that share this Variable (${where}), found a write of one ` +
        `for each lane, of shape [${output.tensor.shape.slice(1).join(", ")}]. Give it an axis in inAxes, ` +
        `by new StateAxes([[${variable.constructor.name}, 0], …]), or write what is the same in all lanes: ` +
        `pmean(x, axisName), which BatchNorm does with its option axisName.`,
      variable,
    );
  });
}
