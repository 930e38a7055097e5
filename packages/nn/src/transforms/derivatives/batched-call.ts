/** @file Calls in the lanes of a `vmap`: their bodies run for all lanes, and so do their derivatives. */
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { Body } from "../../trace/control/body.ts";
import { bodyOfSpentCall, spentBody } from "../../trace/control/spent.ts";
import { call, callAttrs, type CallRule, type Dual, forwardOf } from "../../trace/call.ts";
import type { Graph } from "../../trace/graph.ts";
import { type BodySpec, recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { tapeNode } from "../../trace/tape-node.ts";
import { tapeVjp } from "../../trace/tape-vjp.ts";
import { batchGraph } from "../batching/batch-graph.ts";
import type { Batched, BatchRule, Lanes } from "../batching/rule.ts";
import { distinct } from "./jvp.ts";

/** The derivative of a call that runs in lanes: that of one lane, for all of them. */
class LanesRule implements CallRule {
  readonly name: string;
  readonly isOfValues: boolean;
  private readonly lane: { readonly body: Body; readonly rule: CallRule };
  private readonly isBatched: readonly boolean[];
  private readonly lanes: Lanes;
  readonly plain: CallRule["plain"];

  constructor(lane: LanesRule["lane"], isBatched: readonly boolean[], lanes: Lanes) {
    this.name = lane.rule.name;
    this.isOfValues = lane.rule.isOfValues;
    this.lane = lane;
    this.isBatched = isBatched;
    this.lanes = lanes;
    const { body, rule } = lane;
    if (rule.plain) {
      this.plain = (inputs) =>
        this.inLanes((...tensors) => rule.plain!(tensors), body.graph.parameters, inputs, isBatched);
    }
  }

  onTape(body: Body, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const { lane } = this;
    // What gradients around the innermost one see; each uses the rules that it comes to.
    let next: Body | undefined;
    return tapeNode(inputs, {
      forward: () => this.plain?.(inputs) ?? forwardOf(spentBody(body), this, inputs),
      save: () => inputs,
      backward: (dys, saved) => {
        const seen = next;
        next = seen ? spentBody(seen) : bodyOfSpentCall(lane.body, lane.rule);
        return this.backward(dys, saved, (changed) =>
          seen ? replay(seen.graph, changed) : call(lane.body, lane.rule, changed),
        );
      },
    });
  }

  spent(): LanesRule {
    const { body, rule } = this.lane;
    const lane = { body: spentBody(body), rule: rule.spent?.() ?? rule };
    return new LanesRule(lane, this.isBatched, this.lanes);
  }

  jvp(_: Body, inputs: readonly tf.Tensor[], tangents: readonly (tf.Tensor | undefined)[]): Dual {
    const { body, rule } = this.lane;
    const { parameters, outputs } = body.graph;
    const given = parameters.flatMap((_value, i) => (tangents[i] ? [i] : []));
    const results = this.inLanes(
      (...tensors) => {
        const changes = parameters.map((_value, i) => tensors[parameters.length + given.indexOf(i)]);
        const directions = changes.map((change, i) => (tangents[i] ? change : undefined));
        const dual = rule.jvp(body, tensors.slice(0, parameters.length), directions);
        return distinct([
          ...dual.outputs,
          ...dual.outputs.map((y, i) => dual.tangents[i] ?? tf.zerosLike(y)),
        ]);
      },
      [...parameters, ...given.map((i) => parameters[i]!)],
      [...inputs, ...given.map((i) => tangents[i]!)],
      [...this.isBatched, ...given.map((i) => this.isBatched[i]!)],
    );
    return { outputs: results.slice(0, outputs.length), tangents: results.slice(outputs.length) };
  }

  private backward(
    dys: readonly (tf.Tensor | undefined)[],
    saved: readonly tf.Tensor[],
    run: (inputs: readonly tf.Tensor[]) => readonly tf.Tensor[],
  ): (tf.Tensor | undefined)[] {
    const { parameters, outputs } = this.lane.body.graph;
    const floats = parameters.flatMap(({ dtype }, i) => (dtype === "float32" ? [i] : []));
    const given = outputs.flatMap((_output, i) => (dys[i] ? [i] : []));
    const gradients = this.inLanes(
      (...tensors) => {
        const primals = tensors.slice(0, parameters.length);
        const found = tapeVjp(
          (xs) => {
            const changed = [...primals];
            for (const [i, place] of floats.entries()) changed[place] = xs[i]!;
            return run(changed);
          },
          floats.map((i) => primals[i]!),
          () =>
            outputs.map((_output, i) => (dys[i] ? tensors[parameters.length + given.indexOf(i)] : undefined)),
        );
        return distinct(found.gradients.map((each, i) => each ?? tf.zerosLike(primals[floats[i]!]!)));
      },
      [...parameters, ...given.map((i) => outputs[i]!.value)],
      [...saved, ...given.map((i) => dys[i]!)],
      [...this.isBatched, ...given.map(() => true)],
    );
    return parameters.map((_value, i) => {
      const gradient = gradients[floats.indexOf(i)];
      // What all lanes share gets the gradients of all.
      return gradient && !this.isBatched[i] ? tf.sum(gradient, 0) : gradient;
    });
  }

  private inLanes(
    fn: (...tensors: tf.Tensor[]) => tf.Tensor[],
    specs: readonly BodySpec[],
    tensors: readonly tf.Tensor[],
    isBatched: readonly boolean[],
  ): tf.Tensor[] {
    const body = recordBody(fn, specs, { caller: `vmap(${this.name})`, name: this.name });
    const inputs = [...tensors, ...body.surroundings()].map((tensor, i) => ({
      tensor,
      isBatched: isBatched[i] ?? false,
    }));
    const results = inAllLanes(body.graph, inputs, this.lanes);
    body.dispose();
    return results;
  }
}

/** The outputs of `graph`, each with the lanes as its first axis. */
function inAllLanes(graph: Graph, inputs: readonly Batched[], lanes: Lanes): tf.Tensor[] {
  return batchGraph(graph, inputs, lanes).map(({ tensor, isBatched }) =>
    isBatched ? tensor : broadcastTo(tf.expandDims(tensor, 0), [lanes.size, ...tensor.shape]),
  );
}

/** How a call runs for all lanes. */
export const batchCall: BatchRule = ({ inputs, attrs, lanes }) => {
  const { body, rule } = callAttrs(attrs);
  const given = Object.values(inputs);
  const flags = given.map(({ isBatched }) => isBatched);
  const tensors = given.map(({ tensor }) => tensor);
  const all = recordBody(
    (...lanesOf) =>
      distinct(
        inAllLanes(
          body.graph,
          lanesOf.map((tensor, i) => ({ tensor, isBatched: flags[i]! })),
          lanes,
        ),
      ),
    tensors,
    { caller: `vmap(${rule.name})`, name: rule.name },
  );
  const outputs = call(new Body(all.graph), new LanesRule({ body, rule }, flags, lanes), [
    ...tensors,
    ...all.surroundings(),
  ]);
  all.dispose();
  return outputs;
};
