/** @file Trains as it is told, with whatever kernels and gradients TensorFlow.js has in this process. */
import * as tf from "@tensorflow/tfjs-core";
import type { PerceptronContender, Weights } from "../contenders/contender.ts";
import { handWritten } from "../contenders/hand-written.ts";
import { tfjsLayers } from "../contenders/tfjs-layers.ts";
import { timeRuns } from "../measure.ts";
import type { Answer, PlainName, PlainTensor, Port, Request } from "./protocol.ts";

const CONTENDERS: Readonly<
  Record<PlainName, (weights: Weights, dropoutRate: number, learningRate: number) => PerceptronContender>
> = { "hand-written": handWritten, "tfjs-layers": tfjsLayers };

/** Answers what comes in at `port`, one after the other. */
export function serve(port: Port): void {
  let time: ((runs: number) => Promise<number>) | undefined;
  const handle = async (request: Request): Promise<number | undefined> => {
    if (request.kind === "turn") {
      if (!time) throw new Error("expected to be set up before a turn");
      return time(request.runs);
    }
    time = await setUp(request);
    return undefined;
  };
  const answer = (message: Answer) => port.send(message);
  port.on("message", (request) => {
    handle(request).then(
      (milliseconds) => answer({ milliseconds }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

type Task = Extract<Request, { kind: "set up" }>;

/** Registers the backend webgpu; in Node on Dawn. */
async function loadWebGpu(): Promise<void> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const navigator = { userAgent: "", gpu: create([]) };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true, writable: true });
  // It registers nothing where there is no navigator.gpu yet.
  await import("@tensorflow/tfjs-backend-webgpu");
}

async function setUp({ contender, backend, weights, x, y, dropoutRate, learningRate }: Task) {
  if (backend === "webgpu") await loadWebGpu();
  if (!(await tf.setBackend(backend))) throw new Error(`expected a backend that works, found ${backend}`);
  const initial = Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [name, toTensor(tensor)]),
  ) as Record<keyof Weights, tf.Tensor>;
  const made = CONTENDERS[contender](initial, dropoutRate, learningRate);
  tf.dispose(initial);
  const [input, target] = [toTensor(x), toTensor(y)];
  return (runs: number) =>
    timeRuns(
      () => made.step(input, target),
      () => made.finish(),
      runs,
    );
}

function toTensor({ shape, values }: PlainTensor): tf.Tensor {
  return tf.tensor(values, [...shape]);
}
