import { join } from "node:path";

export default {
  // The wasm backend looks for its files beside itself: it must not be bundled for the server.
  serverExternalPackages: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm"],
  turbopack: { root: join(import.meta.dirname, "..", "..") },
};
