/** @file Runs a graph, and finds the first launch that makes a NaN: in turns of loops, and in branches as they are taken. */
import { noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { CALL, callAttrs } from "../../trace/call.ts";
import { Body } from "../../trace/control/body.ts";
import { attrsOf, COND, type CondAttrs, SCAN, type ScanAttrs, WHILE, type WhileAttrs } from "../../trace/control/kernels.ts"; // prettier-ignore
import { launchCond, launchScan, launchWhile } from "../../trace/control/launch.ts";
import type { Graph, KernelNode, Value } from "../../trace/graph.ts";
import { type BodySpec, recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { launchKernel } from "../../trace/special-kernels.ts";
import { FIRST, FOUND, type Frame, FRAMES, HERE, LANE, nothingFound, type Site, siteNumber, withNumber } from "./nan-found.ts"; // prettier-ignore

/** How a call says that it has looked at its launches itself: its last output is what it has found. */
export interface LookedAt {
  readonly sites: readonly Site[];
}

const rulesThatLook = new WeakSet();

/** Says that the rule of a call is {@link LookedAt}. */
export function looksItself(rule: LookedAt): void {
  rulesThatLook.add(rule);
}

/** Where the graph runs that is looked at. */
interface Place {
  readonly frames: readonly Frame[];
  /** The numbers of frames, int32 [FRAMES]. */
  readonly here: tf.Tensor;
  /** The loop or branch that the graph is part of. */
  readonly node?: KernelNode | undefined;
}

/** A run with what has been found. */
interface Run {
  readonly outputs: tf.Tensor[];
  readonly found: tf.Tensor;
}

/** Looks at graphs, and knows the places in them by number. */
export class NaNChecks {
  readonly sites: Site[] = [];
  private readonly frames: readonly Frame[];

  /** @param frames what is around what is looked at */
  constructor(frames: readonly Frame[] = []) {
    this.frames = frames;
  }

  /** The outputs of `graph`, and what was found first. `named` says what the parameters are that are looked at, too. */
  run(graph: Graph, parameters: readonly tf.Tensor[], named: ReadonlyMap<Value, string> = new Map()): Run {
    const here = tf.zeros([FRAMES], "int32");
    return new Look(this, { frames: this.frames, here }).run(graph, parameters, nothingFound(), named);
  }
}

/** A run of one graph. */
class Look {
  private readonly checks: NaNChecks;
  private readonly place: Place;
  /** What of the launches since the last look is NaN, and where they are. */
  private flags: tf.Tensor[] = [];
  private sites: Site[] = [];
  private found!: tf.Tensor;

  constructor(checks: NaNChecks, place: Place) {
    this.checks = checks;
    this.place = place;
  }

  run(
    graph: Graph,
    parameters: readonly tf.Tensor[],
    found: tf.Tensor,
    named: ReadonlyMap<Value, string> = new Map(),
  ): Run {
    this.found = found;
    const tensors = new Map<Value, tf.Tensor>();
    for (const [i, value] of graph.parameters.entries()) {
      tensors.set(value, parameters[i]!);
      const what = named.get(value);
      if (what !== undefined) this.see(parameters[i]!, { what, frames: this.place.frames });
    }
    for (const { value, elements } of graph.constants) {
      tensors.set(value, tf.tensor(elements, [...value.shape], value.dtype));
    }
    for (const node of graph.nodes) {
      const inputs = Object.fromEntries(
        Object.entries(node.inputs).map(([name, value]) => [name, tensors.get(value)!]),
      );
      const outputs = this.launch(node, inputs);
      for (const [i, output] of node.outputs.entries()) tensors.set(output, outputs[i]!);
    }
    this.settle();
    return { outputs: graph.outputs.map(({ value }) => tensors.get(value)!), found: this.found };
  }

  private launch(node: KernelNode, inputs: Record<string, tf.Tensor>): readonly tf.Tensor[] {
    const list = Object.values(inputs);
    switch (node.kernelName) {
      case SCAN:
        return this.scan(node, list);
      case WHILE:
        return this.whileLoop(node, list);
      case COND:
        return this.cond(node, list);
      case CALL:
        return this.call(node, list);
      default: {
        const outputs = launchKernel(node.kernelName, inputs, node.attrs);
        const site = this.siteOf(node);
        for (const output of outputs) this.see(output, site);
        return outputs;
      }
    }
  }

  /** Looks at a tensor later, with others. */
  private see(tensor: tf.Tensor, site: Site): void {
    if (tensor.dtype !== "float32") return;
    this.sites.push(site);
    this.flags.push(noGradient(() => tf.any(tf.isNaN(tensor))));
  }

  private siteOf({ kernelName, source, modulePath, inputs }: KernelNode): Site {
    const { node, frames } = this.place;
    const shapes = Object.values(inputs).map(({ shape }) => `[${shape.join(", ")}]`);
    return {
      kernelName,
      // What gradients add to the body of a loop has no line of its own.
      source: source ?? node?.source,
      modulePath: modulePath ?? node?.modulePath,
      what: `the result of ${kernelName}${shapes.length > 0 ? ` of ${shapes.join(", ")}` : ""}`,
      frames,
    };
  }

  /** Looks at what has been launched. */
  private settle(): void {
    const { flags } = this;
    if (flags.length === 0) return;
    const start = this.checks.sites.length;
    this.checks.sites.push(...this.sites);
    this.sites = [];
    this.flags = [];
    noGradient(() => {
      const list = tf.cast(tf.stack(flags), "int32");
      const site = tf.add(tf.argMax(list), tf.scalar(start, "int32"));
      this.note(tf.greater(tf.max(list), 0), site, this.place.here);
    });
  }

  private note(isFound: tf.Tensor, site: tf.Tensor, numbers: tf.Tensor): void {
    const isFirst = tf.logicalAnd(isFound, tf.less(siteNumber(this.found), 0));
    const lane = tf.slice(this.found, LANE, 1);
    this.found = tf.where(isFirst, tf.concat([tf.reshape(site, [1]), lane, numbers]), this.found);
  }

  private scan(node: KernelNode, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    this.settle();
    const { body, carries, sequences, length, reverse } = attrsOf<ScanAttrs>(node);
    const [xs, constants] = [inputs.slice(carries, carries + sequences), inputs.slice(carries + sequences)];
    const { graph } = body;
    const looked = recorded(
      [
        ...specsOf(graph.parameters.slice(0, carries)),
        FOUND,
        COUNT,
        ...specsOf(graph.parameters.slice(carries)),
        HERE,
      ],
      graph.name,
      (tensors) => {
        const [found, turn] = tensors.splice(carries, 2) as [tf.Tensor, tf.Tensor];
        const here = tensors.pop()!;
        const run = this.inTurn(node, graph, here, turn).run(graph, tensors, found);
        return [...run.outputs.slice(0, carries), run.found, next(turn), ...run.outputs.slice(carries)];
      },
    );
    const outputs = launchScan(
      [...inputs.slice(0, carries), this.found, tf.scalar(0, "int32"), ...xs, ...constants, this.place.here],
      { body: looked, carries: carries + 2, sequences, length, reverse },
    );
    [this.found] = outputs.splice(carries, 2) as [tf.Tensor];
    return outputs;
  }

  private whileLoop(node: KernelNode, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    this.settle();
    const { body, condition, carries, caller } = attrsOf<WhileAttrs>(node);
    const { graph } = body;
    const specs = specsOf(graph.parameters);
    const all = [...specs.slice(0, carries), FOUND, COUNT, ...specs.slice(carries), HERE];
    const asks = recorded(all, graph.name, (tensors) => {
      tensors.splice(carries, 2);
      return replay(condition.graph, tensors.slice(0, -1));
    });
    /** Looks at the condition of a turn, too. */
    const asked = (tensors: readonly tf.Tensor[], found: tf.Tensor, here: tf.Tensor, turn: tf.Tensor) =>
      this.inTurn(node, graph, here, turn).run(condition.graph, tensors, found).found;
    const looked = recorded(all, graph.name, (tensors) => {
      const [found, turn] = tensors.splice(carries, 2) as [tf.Tensor, tf.Tensor];
      const here = tensors.pop()!;
      const before = asked(tensors, found, here, turn);
      const run = this.inTurn(node, graph, here, turn).run(graph, tensors, before);
      return [...run.outputs, run.found, next(turn)];
    });
    const { here } = this.place;
    const constants = inputs.slice(carries);
    const outputs = launchWhile(
      [...inputs.slice(0, carries), this.found, tf.scalar(0, "int32"), ...constants, here],
      { condition: asks, body: looked, carries: carries + 2, caller },
    );
    const [found, turn] = outputs.splice(carries, 2) as [tf.Tensor, tf.Tensor];
    // The condition by which it has ended.
    this.found = asked([...outputs, ...constants], found, here, turn);
    return outputs;
  }

  private cond(node: KernelNode, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    this.settle();
    const branches = attrsOf<CondAttrs>(node).branches.map(({ graph }) =>
      recorded([...specsOf(graph.parameters), FOUND, HERE], graph.name, (tensors) => {
        const [found, here] = tensors.splice(-2) as [tf.Tensor, tf.Tensor];
        const run = new Look(this.checks, { ...this.place, here, node: this.within(node) }).run(
          graph,
          tensors,
          found,
        );
        return [...run.outputs, run.found];
      }),
    );
    const outputs = launchCond([...inputs, this.found, this.place.here], { branches });
    this.found = outputs.pop()!;
    return outputs;
  }

  /** Runs it as it is, for its derivative, and once more to look at what it does. */
  private call(node: KernelNode, inputs: readonly tf.Tensor[]): readonly tf.Tensor[] {
    const { body, rule } = callAttrs(node.attrs);
    this.settle();
    const place = { ...this.place, node: this.within(node) };
    if (rulesThatLook.has(rule)) {
      const outputs = replay(body.graph, inputs);
      this.add(outputs.pop()!, (rule as unknown as LookedAt).sites, place);
      return outputs;
    }
    noGradient(() => {
      this.found = new Look(this.checks, place).run(body.graph, inputs, this.found).found;
    });
    return launchKernel(CALL, Object.fromEntries(inputs.entries()), node.attrs);
  }

  /** Adds what was found in lanes, which know nothing of what is around them. */
  private add(inner: tf.Tensor, sites: readonly Site[], { frames, node }: Place): void {
    const start = this.checks.sites.length;
    for (const site of sites)
      this.checks.sites.push({
        ...site,
        source: site.source ?? node?.source,
        frames: [...frames, ...site.frames],
      });
    const depth = Math.min(frames.length, FRAMES);
    noGradient(() => {
      const own = tf.concat([tf.slice(this.place.here, 0, depth), tf.slice(inner, FIRST, FRAMES - depth)]);
      const site = siteNumber(inner);
      this.note(tf.greaterEqual(site, 0), tf.add(site, tf.scalar(start, "int32")), own);
    });
  }

  /** Looks at the body of a loop, in a turn of it. */
  private inTurn(node: KernelNode, { name }: Graph, outer: tf.Tensor, turn: tf.Tensor): Look {
    const { frames } = this.place;
    const here = noGradient(() => withNumber(outer, frames.length, turn));
    const frame: Frame = { kind: "turn", of: name };
    return new Look(this.checks, { frames: [...frames, frame], here, node: this.within(node) });
  }

  /** What launches have for their line if they have none. */
  private within(node: KernelNode): KernelNode {
    const { node: outer } = this.place;
    if (node.source !== undefined || !outer) return node;
    return { ...node, source: outer.source, modulePath: outer.modulePath };
  }
}

const COUNT: BodySpec = { shape: [], dtype: "int32" };

/** What `run` does, as a body. */
function recorded(
  specs: readonly BodySpec[],
  name: string,
  run: (tensors: tf.Tensor[]) => readonly tf.Tensor[],
): Body {
  // No two of the results may be the same tensor.
  const body = recordBody((...tensors) => run(tensors).map((tensor) => tf.clone(tensor)), specs, {
    caller: `debugNaN(${name})`,
    name,
    isLocated: false,
  });
  body.dispose();
  return new Body(body.graph);
}

function specsOf(values: readonly Value[]): BodySpec[] {
  return values.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
}

function next(turn: tf.Tensor): tf.Tensor {
  return tf.add(turn, tf.scalar(1, "int32"));
}
