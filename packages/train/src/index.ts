export { DataSourceError } from "./errors.ts";
