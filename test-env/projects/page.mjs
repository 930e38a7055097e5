/** @file The entry of every bundle for browsers: runs the program and leaves its report to whoever drives the page. */
import { program } from "./program.mjs";

const query = new URLSearchParams(location.search);
program({ wasmPaths: "/wasm/", ...JSON.parse(query.get("program") ?? "{}") }).then(
  (report) => {
    globalThis.report = report;
  },
  (error) => {
    globalThis.report = { failed: String(error?.stack ?? error) };
  },
);
