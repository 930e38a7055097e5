/** @file Ports of this machine, and who answers there. */
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/** A port that nobody uses. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until a server answers `path` without an error; the limit of the row ends it. */
export async function untilServed(port, path = "/") {
  for (;;) {
    const response = await fetch(`http://localhost:${port}${path}`).catch(() => undefined);
    if (response?.ok) return response.text();
    if (response?.status === 500)
      throw new Error(`${path} is answered with an error: ${(await response.text()).slice(0, 2000)}`);
    await setTimeout(200);
  }
}
