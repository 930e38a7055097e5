/** @file Looks for NaNs lane by lane: at what each lane does, in branches that it takes, before all run as one. */
import { registerShapeRule } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { call, type CallRule, type Dual } from "../../trace/call.ts";
import { Body } from "../../trace/control/body.ts";
import type { Graph } from "../../trace/graph.ts";
import { recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { interpretKernel } from "../../trace/special-kernels.ts";
import { batchGraph } from "../batching/batch-graph.ts";
import { registerBatchRule } from "../batching/batch-rules.ts";
import { launch } from "../batching/operands.ts";
import type { Batched, Lanes } from "../batching/rule.ts";
import { jvpGraph } from "./jvp-graph.ts";
import { type LookedAt, looksItself, NaNChecks } from "./nan-checks.ts";
import { LANE, type Site } from "./nan-found.ts";

/** Gives what was found, int32; of what all lanes have found that of the first with anything, and its number at `at`. */
const FIRST_LANE = "NaNOfFirstLane";

/** Lanes that look at what they do. Their derivatives are those of the plain ones. */
class LookingLanes implements CallRule, LookedAt {
  readonly name = "debugNaN";
  readonly isOfValues = false;
  readonly sites: readonly Site[];

  constructor(sites: readonly Site[]) {
    this.sites = sites;
    looksItself(this);
  }

  onTape(body: Body, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    return replay(body.graph, inputs);
  }

  jvp(body: Body, inputs: readonly tf.Tensor[], tangents: readonly (tf.Tensor | undefined)[]): Dual {
    return jvpGraph(body.graph, inputs, tangents);
  }
}

/** Runs a function of one lane for all, as a call that has looked at each. On a tape its launches are seen as they are. */
export function lookingLanes(graph: Graph, inputs: readonly Batched[], lanes: Lanes): Batched[] {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  if (gradientDepth > 0 && kernelDepth === 0) return batchGraph(graph, inputs, lanes);
  const { name } = graph;
  const checks = new NaNChecks([{ kind: "lane", of: name }]);
  const specs = graph.parameters.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const options = { caller: `debugNaN(${name})`, name, isLocated: false };
  const lane = recordBody(
    (...tensors) => {
      const { outputs, found } = checks.run(graph, tensors);
      return [...outputs.map((output) => tf.clone(output)), overLanes(found, LANE + 1)];
    },
    specs,
    options,
  );
  lane.dispose();
  const flags = inputs.map(({ isBatched }) => isBatched);
  let isBatched: boolean[] = [];
  const all = recordBody(
    (...tensors) => {
      const given = tensors.map((tensor, i) => ({ tensor, isBatched: flags[i]! }));
      const outputs = batchGraph(lane.graph, given, lanes);
      isBatched = outputs.map((output) => output.isBatched);
      return outputs.map(({ tensor }) => tf.clone(tensor));
    },
    inputs.map(({ tensor }) => tensor),
    options,
  );
  all.dispose();
  const tensors = inputs.map(({ tensor }) => tensor);
  const outputs = call(new Body(all.graph), new LookingLanes(checks.sites), tensors);
  return outputs.slice(0, -1).map((tensor, i) => ({ tensor, isBatched: isBatched[i]! }));
}

/** What was found in whichever lane a `vmap` around makes of this; its number is noted at `at`, unless there is one. */
export function overLanes(found: tf.Tensor, at: number): tf.Tensor {
  return launch(FIRST_LANE, { x: found }, { at });
}

registerShapeRule(FIRST_LANE, ({ x }) => ({ shape: [...x.shape], dtype: x.dtype }));
interpretKernel(FIRST_LANE, ([x]) => tf.clone(x!));
registerBatchRule(FIRST_LANE, ({ inputs, attrs }) => {
  const { tensor } = inputs["x"]!;
  const { at } = attrs as { at: number };
  const isFound = tf.cast(tf.greaterEqual(tf.slice(tensor, [0, 0], [-1, 1]), 0), "int32");
  const lane = tf.reshape(tf.argMax(tf.reshape(isFound, [-1])), [1]);
  const own = tf.reshape(tf.gather(tensor, lane), [-1]);
  const before = tf.slice(own, at, 1);
  const noted = at === LANE ? tf.where(tf.less(before, 0), lane, before) : lane;
  const first = tf.concat([tf.slice(own, 0, at), noted, tf.slice(own, at + 1)]);
  return [{ tensor: first, isBatched: false }];
});
