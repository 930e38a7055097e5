export type { Constant, Dtype, Elements, Graph, KernelNode, Output, Value } from "@nnx-js/nn/trace";
export {
  type ParameterOrigin,
  type RecordedGraph,
  type RecordedResult,
  type RecordedWrite,
  recordGraph,
  type RecordGraphOptions,
} from "./recording/record-graph.ts";
