/** @file The worker: a session between the page's messages and the models. */
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import digits from "../../dist/data/digits.bin?url";
import names from "../../dist/data/names.bin?url";
import type { Command } from "../protocol/commands.ts";
import { assetsAt } from "./assets.ts";
import { Session } from "./session.ts";

const session = new Session({
  send: (event, transfer = []) => postMessage(event, { transfer: [...transfer] }),
  assets: assetsAt({ digits, names }),
  wasmPaths: {
    "tfjs-backend-wasm.wasm": plain,
    "tfjs-backend-wasm-simd.wasm": simd,
    "tfjs-backend-wasm-threaded-simd.wasm": threaded,
  },
});
addEventListener("message", ({ data }: MessageEvent<Command>) => session.receive(data));
setInterval(() => postMessage({ type: "alive" }), 1000);
void session.serve();
