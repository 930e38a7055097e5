export { ExportArgumentError, UnsupportedExportError } from "./errors.ts";
export { exportStableHlo, type StableHloOptions } from "./stablehlo/export-stablehlo.ts";
export type { Precision } from "./stablehlo/mlir/builder.ts";
