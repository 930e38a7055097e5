/** @file Batching rules of loops and branches: a loop in lanes is a loop of lanes. */
import * as tf from "@tensorflow/tfjs-core";
import { Body } from "../../../trace/control/body.ts";
import {
  COND,
  type CondAttrs,
  SCAN,
  type ScanAttrs,
  WHILE,
  type WhileAttrs,
} from "../../../trace/control/kernels.ts";
import { launchCond, launchScan, launchWhile } from "../../../trace/control/launch.ts";
import { runControl } from "../../../trace/control/run.ts";
import type { Value } from "../../../trace/graph.ts";
import { recordBody } from "../../../trace/record-body.ts";
import { replay } from "../../../trace/replay.ts";
import { activeTrace } from "../../../trace/trace-backend.ts";
import { chosenBy, inLanes, moveAxis } from "../operands.ts";
import type { Batched, BatchCall, BatchRules } from "../rule.ts";
import { apartWhere, onlyWhere } from "./untaken.ts";

type Flags = readonly boolean[];

/** What bodies run in. */
type Context = Pick<BatchCall, "lanes" | "batch">;

/** A body that runs in lanes, and which of its outputs have them. */
interface LaneBody {
  readonly body: Body;
  readonly isBatched: Flags;
}

/** What `run` gives for values of these specs, as a body. */
function recorded(
  specs: readonly { shape: readonly number[]; dtype: tf.DataType }[],
  name: string,
  run: (tensors: tf.Tensor[]) => Batched[],
): LaneBody {
  let isBatched: Flags = [];
  const { graph } = recordBody(
    (...tensors) => {
      const outputs = run(tensors);
      isBatched = outputs.map((output) => output.isBatched);
      // An output that is a parameter, or another one, is still one of its own.
      return outputs.map(({ tensor }) => tf.clone(tensor));
    },
    specs,
    { caller: `vmap(${name})`, name },
  );
  return { body: new Body(graph), isBatched };
}

function specsOf(parameters: readonly Value[], flags: Flags, size: number) {
  return parameters.map(({ shape, dtype }, i) => ({ shape: flags[i] ? [size, ...shape] : shape, dtype }));
}

const paired = (tensors: readonly tf.Tensor[], flags: Flags): Batched[] =>
  tensors.map((tensor, i) => ({ tensor, isBatched: flags[i]! }));

/** `body` in lanes, for parameters of which some have them; those of its first outputs have them that `wanted` says. */
function inBody(body: Body, flags: Flags, wanted: Flags, context: Context): LaneBody {
  const { lanes, batch } = context;
  const key = `lanes ${lanes.size} ${lanes.axisName ?? ""} ${flags.map(Number).join("")} ${wanted.map(Number).join("")}`;
  return body.once(key, () => {
    const { graph } = body;
    const made = recorded(specsOf(graph.parameters, flags, lanes.size), graph.name, (tensors) =>
      batch(graph, paired(tensors, flags)).map((output, i) =>
        wanted[i] ? { tensor: inLanes(output, lanes.size), isBatched: true } : output,
      ),
    );
    if (!body.less) return made;
    const less = inBody(body.less, flags, wanted, context).body;
    return { ...made, body: new Body(made.body.graph, less) };
  });
}

/** Which carries have lanes in the end: what has them in one turn has them in the next. */
function settled(body: Body, given: Flags, carries: number, context: Context): Flags {
  let flags = given;
  for (;;) {
    const { isBatched } = inBody(body, flags, flags.slice(0, carries), context);
    if (flags.slice(0, carries).every((isSet, i) => isSet || !isBatched[i])) return flags;
    flags = flags.map((isSet, i) => isSet || (i < carries && isBatched[i]!));
  }
}

function inputsOf({ inputs }: BatchCall): Batched[] {
  return Object.keys(inputs).map((_, i) => inputs[i]!);
}

/** Inputs with lanes where they are to have them. */
function given(inputs: readonly Batched[], flags: Flags, { lanes }: BatchCall): tf.Tensor[] {
  return inputs.map((input, i) => (flags[i] ? inLanes(input, lanes.size) : input.tensor));
}

function run(
  kernelName: string,
  tensors: tf.Tensor[],
  attrs: object,
  launch: () => tf.Tensor[],
): tf.Tensor[] {
  return activeTrace() ? launch() : runControl(kernelName, tensors, attrs, replay)!;
}

function scan(call: BatchCall): Batched[] {
  const attrs = call.attrs as unknown as ScanAttrs;
  const { carries, sequences } = attrs;
  const inputs = inputsOf(call);
  const flags = settled(attrs.body, inputs.map(({ isBatched }) => isBatched), carries, call); // prettier-ignore
  const { body, isBatched } = inBody(attrs.body, flags, flags.slice(0, carries), call);
  const isSequence = (i: number) => i >= carries && i < carries + sequences;
  // Turns first, lanes second: a turn takes a slice of all lanes.
  const tensors = given(inputs, flags, call).map((x, i) =>
    flags[i] && isSequence(i) ? moveAxis(x, 0, 1) : x,
  );
  const lanesAttrs = { ...attrs, body };
  const outputs = run(SCAN, tensors, lanesAttrs, () => launchScan(tensors, lanesAttrs));
  return paired(outputs, isBatched).map(({ tensor, isBatched: has }, i) => ({
    tensor: has && i >= carries ? moveAxis(tensor, 1, 0) : tensor,
    isBatched: has,
  }));
}

/** Goes on for as long as the condition of any lane holds; the others keep what they have. */
function whileLoop(call: BatchCall): Batched[] {
  const { lanes } = call;
  const { body, condition, carries, caller } = call.attrs as unknown as WhileAttrs;
  const inputs = inputsOf(call);
  let flags = settled(body, inputs.map(({ isBatched }) => isBatched), carries, call); // prettier-ignore
  if (inBody(condition, flags, [], call).isBatched[0]) flags = flags.map((isSet, i) => i < carries || isSet);
  const turn = inBody(body, flags, flags.slice(0, carries), call);
  const goesOn = inBody(condition, flags, [], call);
  const tensors = given(inputs, flags, call);
  let attrs: WhileAttrs = { body: turn.body, condition: goesOn.body, carries, caller };
  if (goesOn.isBatched[0]) {
    const specs = specsOf(body.graph.parameters, flags, lanes.size);
    const any = recorded(specs, condition.graph.name, (values) => [
      { tensor: tf.any(tf.cast(replay(goesOn.body.graph, values)[0]!, "bool")), isBatched: false },
    ]);
    const chosen = recorded(specs, body.graph.name, (values) => {
      const isOn = tf.cast(replay(goesOn.body.graph, values)[0]!, "bool");
      return replay(turn.body.graph, values).map((next, i) => ({
        tensor: chosenBy(isOn, next, values[i]!),
        isBatched: true,
      }));
    });
    attrs = { body: chosen.body, condition: any.body, carries, caller };
  }
  const outputs = run(WHILE, tensors, attrs, () => launchWhile(tensors, attrs));
  return paired(outputs, flags.slice(0, carries));
}

/** One branch for all lanes, or, where they differ in it, all branches and a choice. */
function cond(call: BatchCall): Batched[] {
  const { branches } = call.attrs as unknown as CondAttrs;
  const [index, ...shared] = inputsOf(call);
  const operands = index!.isBatched ? apartWhere(branches, shared, call.lanes.size) : shared;
  const flags = operands.map(({ isBatched }) => isBatched);
  const count = branches[0]!.graph.outputs.length;
  const plain = branches.map((branch) => inBody(branch, flags, [], call));
  const isBatched = Array.from(
    { length: count },
    (_, i) => index!.isBatched || plain.some((one) => one.isBatched[i]),
  );
  const bodies = branches.map((branch) => inBody(branch, flags, isBatched, call).body);
  const tensors = operands.map(({ tensor }) => tensor);
  if (!index!.isBatched) {
    const all = [index!.tensor, ...tensors];
    const attrs = { branches: bodies };
    return paired(run(COND, all, attrs, () => launchCond(all, attrs)), isBatched); // prettier-ignore
  }
  const last = branches.length - 1;
  const at = tf.clipByValue(tf.cast(index!.tensor, "float32"), 0, last);
  const results = bodies.map(({ graph }, n) => replay(graph, onlyWhere(tf.equal(at, n), operands)));
  const outputs = results[last]!.map((other, i) =>
    results
      .slice(0, last)
      .reduceRight((rest, outputs, n) => chosenBy(tf.equal(at, n), outputs[i]!, rest), other),
  );
  return paired(outputs, isBatched);
}

/** Rules of loops and branches, which are asked also where nothing has lanes: what they hold may ask for those. */
export const controlRules: BatchRules = { [COND]: cond, [SCAN]: scan, [WHILE]: whileLoop };
