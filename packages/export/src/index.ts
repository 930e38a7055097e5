export { ExportArgumentError, UnsupportedExportError } from "./errors.ts";
