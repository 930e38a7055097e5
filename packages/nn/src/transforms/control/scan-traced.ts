/** @file A loop over slices in a trace: its body is recorded once. */
import * as tf from "@tensorflow/tfjs-core";
import { Body, regraphed } from "../../trace/control/body.ts";
import type { ScanAttrs } from "../../trace/control/kernels.ts";
import { launchScan } from "../../trace/control/launch.ts";
import { recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { sliceOf } from "../../trace/control/run.ts";
import { assertVariableKept, recorded } from "./recorded.ts";
import type { Loop } from "./scan-loop.ts";
import { withSlices } from "./slices.ts";
import { nextCarry, pairOf, Results } from "./turn.ts";

const sliceSpec = ({ shape, dtype }: tf.Tensor) => ({ shape: shape.slice(1), dtype });

/** The last carry and the stacked results. */
export function scanTraced(loop: Loop): [unknown, unknown] {
  const { fn, carry, slices, length, reverse, caller, name } = loop;
  const { tree, variables: stacked } = slices;
  const [carries, sequences] = [carry.tensors.length, tree.tensors.length];
  const results = new Results(caller);
  /** Which of the stacked Variables are written. */
  let written: boolean[] = [];
  let ys = 0;
  const values = stacked.map((variable) => variable.value);
  const body = recorded(
    (...args) => {
      const x = tree.rebuild(args.slice(carries, carries + sequences));
      const done = withSlices(stacked, args.slice(carries + sequences), () =>
        pairOf(fn(carry.rebuild(args.slice(0, carries)), x), caller),
      );
      const [next, y] = done.result;
      const given = results.tensorsOf(y);
      ys = given.length;
      written = done.written.map((value) => value !== undefined);
      return [
        ...nextCarry(carry, next, caller).tensors,
        ...given,
        ...done.written.flatMap((value) => value ?? []),
      ];
    },
    [
      ...carry.tensors.map(({ shape, dtype }) => ({ shape, dtype })),
      ...[...tree.tensors, ...values].map(sliceSpec),
    ],
    { caller, name },
  );
  try {
    const others = [...body.variables].filter(([variable]) => !stacked.includes(variable));
    for (const [variable, values] of others) assertVariableKept(variable, values, caller);
    const threaded = others.flatMap(([variable, { before, after }]) =>
      after ? [{ variable, before, after }] : [],
    );
    const fixed = others.filter(([, { after }]) => !after);
    const graph = regraphed(body.graph, {
      parameters: [
        ...body.own.slice(0, carries),
        ...threaded.map(({ before }) => before),
        ...body.own.slice(carries),
        ...fixed.map(([, { before }]) => before),
        ...body.captured.map(({ value }) => value),
      ],
      outputs: [
        ...body.results.slice(0, carries),
        ...threaded.map(({ after }) => after),
        ...body.results.slice(carries),
      ],
    });
    const inputs = [
      ...carry.tensors,
      ...threaded.map(({ variable }) => variable.value),
      ...tree.tensors,
      ...values,
      ...fixed.map(([variable]) => variable.value),
      ...body.captured.map(({ tensor }) => tensor),
    ];
    const outputs = launchTurns(inputs, {
      body: new Body(graph),
      carries: carries + threaded.length,
      sequences: sequences + stacked.length,
      length,
      reverse,
    }, loop.unroll); // prettier-ignore
    const last = outputs.splice(0, carries);
    for (const { variable } of threaded) variable.value = outputs.shift()!;
    const stackedResults = outputs.splice(0, ys);
    for (const [i, variable] of stacked.entries()) if (written[i]) variable.value = outputs.shift()!;
    return [carry.rebuild(last), results.rebuild(stackedResults)];
  } finally {
    body.dispose();
  }
}

/** Records a loop of which each turn does several of the original; what is left over is a loop of its own. */
function launchTurns(inputs: readonly tf.Tensor[], attrs: ScanAttrs, unroll: number): tf.Tensor[] {
  const { body, carries, sequences, length, reverse } = attrs;
  const whole = Math.floor(length / unroll) * unroll;
  if (unroll === 1 || whole === 0) return launchScan(inputs, attrs);
  const constants = inputs.slice(carries + sequences);
  const xs = inputs.slice(carries, carries + sequences);
  const parts = reverse
    ? [{ from: length - whole, turns: whole }, { from: 0, turns: length - whole }]
    : [{ from: 0, turns: whole }, { from: whole, turns: length - whole }]; // prettier-ignore
  let current = inputs.slice(0, carries);
  const results: tf.Tensor[][] = [];
  for (const { from, turns } of parts) {
    if (turns === 0) continue;
    const slices = xs.map((x) => tf.slice(x, from, turns));
    const isWhole = turns === whole;
    const count = isWhole ? turns / unroll : turns;
    const taken = isWhole ? slices.map((x) => tf.reshape(x, [count, unroll, ...x.shape.slice(1)])) : slices;
    const outputs = launchScan([...current, ...taken, ...constants], {
      ...attrs,
      body: isWhole ? repeated(attrs, unroll) : body,
      length: count,
    });
    current = outputs.slice(0, carries);
    const given = outputs.slice(carries);
    results.push(isWhole ? given.map((y) => tf.reshape(y, [turns, ...y.shape.slice(2)])) : given);
  }
  if (reverse) results.reverse();
  return [...current, ...results[0]!.map((_, i) => tf.concat(results.map((part) => part[i]!), 0))]; // prettier-ignore
}

/** A body that does so many turns, of slices that have an axis for them. */
function repeated({ body, carries, sequences, reverse }: ScanAttrs, turns: number): Body {
  const { graph } = body;
  const specs = graph.parameters.map(({ shape, dtype }, i) => {
    const isSequence = i >= carries && i < carries + sequences;
    return { shape: isSequence ? [turns, ...shape] : shape, dtype };
  });
  const made = recordBody(
    (...args) => {
      const constants = args.slice(carries + sequences);
      let current = args.slice(0, carries);
      const results: tf.Tensor[][] = [];
      for (let turn = 0; turn < turns; turn++) {
        const at = reverse ? turns - 1 - turn : turn;
        const slices = args.slice(carries, carries + sequences).map((x) => sliceOf(x, at));
        const outputs = replay(graph, [...current, ...slices, ...constants]);
        current = outputs.slice(0, carries);
        results[at] = outputs.slice(carries);
      }
      return [...current.map((tensor) => tf.clone(tensor)), ...results[0]!.map((_, i) => tf.stack(results.map((part) => part[i]!)))]; // prettier-ignore
    },
    specs,
    { caller: `scan(${graph.name})`, name: graph.name, isLocated: false },
  );
  made.dispose();
  return new Body(made.graph);
}
