export type { Constant, Dtype, Elements, Graph, KernelNode, Output, Value } from "./graph/graph.ts";
export {
  type ParameterOrigin,
  type RecordedGraph,
  type RecordedResult,
  type RecordedWrite,
  recordGraph,
  type RecordGraphOptions,
} from "./recording/record-graph.ts";
