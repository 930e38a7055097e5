/** @file A worker of Cloudflare's: answers the report of what it is asked for. */
import { run } from "./run.mjs";
import { told } from "./told.mjs";

export default {
  async fetch(request) {
    try {
      return Response.json(await run(await request.json()));
    } catch (error) {
      return Response.json({ failed: told(error) });
    }
  },
};
