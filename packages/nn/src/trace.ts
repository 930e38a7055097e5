export {
  EscapedTensorError,
  TracedValueError,
  UnsupportedKernelError,
  UntraceableError,
} from "./trace/errors.ts";
export { Body, numberingOf } from "./trace/control/body.ts";
export { expandControl } from "./trace/control/expand.ts";
export {
  attrsOf,
  COND,
  type CondAttrs,
  listOf,
  SCAN,
  type ScanAttrs,
  WHILE,
  type WhileAttrs,
} from "./trace/control/kernels.ts";
export { launchCond, launchScan, launchWhile } from "./trace/control/launch.ts";
export { BARRIER, barrier } from "./trace/barrier.ts";
export { CALL, call, callAttrs, type CallRule, type Dual } from "./trace/call.ts";
export { enterTrace } from "./trace/enter-trace.ts";
export { explained } from "./trace/explain.ts";
export { finish } from "./trace/finish.ts";
export type { Constant, Dtype, Elements, Graph, KernelNode, Output, Value } from "./trace/graph.ts";
export { inlineCalls, withoutCalls } from "./trace/inline.ts";
export { Recorder } from "./trace/recorder.ts";
export {
  type BodySpec,
  type BodyVariable,
  recordBody,
  type RecordBodyOptions,
  type RecordedBody,
} from "./trace/record-body.ts";
export { type Replay, replay, replayOf } from "./trace/replay.ts";
export { isSameShape } from "./trace/same-shape.ts";
export { interpretKernel, launchKernel, STOP_GRADIENT } from "./trace/special-kernels.ts";
export { currentSource, sourceOf, withDeepStacks } from "./trace/source.ts";
export { activeTrace, TRACE } from "./trace/trace-backend.ts";
export { VariableTracer } from "./trace/variables.ts";
export { unlent } from "./variable/store.ts";
