/** @file A row of a bundler: an app built by it, in a page and in a worker of Chromium. */
import { columnsOf } from "./expect.mjs";

const BACKENDS = ["cpu", "wasm", "webgl", "webgpu"];

/**
 * @param {{ name: string, title: string, version: string, limit?: number, worker?: boolean, build: (place: object) => Promise<object> }} facts
 *   `build` answers what `Place#visit` serves; `worker` says whether the app has a worker
 */
export function bundlerRow({ name, title, version, limit = 400, worker = true, build }) {
  return {
    name,
    title,
    limit,
    async run(place) {
      const built = await build(place);
      const page = await place.visit({
        plan: { backends: ["wasm"], path: "opfs://a.safetensors" },
        ...built,
      });
      const columns = columnsOf(page, { backends: ["wasm"], threads: true, file: true });
      const plan = { backends: BACKENDS, eagerSteps: 2, worker };
      const all = columnsOf(await place.visit({ plan, ...built }), { backends: BACKENDS, threads: true });
      return { version: built.version ?? version, ...columns, backends: all.backends, size: page.scripts };
    },
  };
}
