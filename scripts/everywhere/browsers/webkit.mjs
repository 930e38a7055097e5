/** @file WebKitGTK, driven over WebDriver, on a display of its own (Debian: webkit2gtk-driver and xvfb). */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { executable } from "../executable.mjs";
import { freePort } from "../ports.mjs";
import { Unavailable } from "../unavailable.mjs";

/** Where Debian has the browser, below the folder of an architecture. */
const FOLDERS = ["webkit2gtk-4.1", "webkit2gtk-4.0"];
/** Longest time that the driver may take to answer, in milliseconds. */
const LIMIT = 20_000;

function miniBrowser() {
  const found = readdirSync("/usr/lib")
    .flatMap((machine) => FOLDERS.map((folder) => join("/usr/lib", machine, folder, "MiniBrowser")))
    .find((path) => existsSync(path));
  if (found) return found;
  throw new Unavailable("no MiniBrowser of WebKitGTK (Debian: apt-get install webkit2gtk-driver)");
}

/** Asks the driver; what it answers as an error is one. */
async function ask(address, method, body) {
  const response = await fetch(address, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    signal: AbortSignal.timeout(LIMIT),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebKitWebDriver: ${value?.error}: ${value?.message}`);
  return value;
}

async function untilItAnswers(address) {
  for (let tries = 0; ; tries++) {
    try {
      return await ask(`${address}/status`, "GET");
    } catch (error) {
      if (tries > 50) throw error;
      await setTimeout(100);
    }
  }
}

/** Starts it; `open` opens an address in a new profile and answers how to close it. */
export async function launch() {
  const driver = executable(["WebKitWebDriver"], "webkit2gtk-driver");
  const display = executable(["Xvfb"], "xvfb");
  const binary = miniBrowser();
  const screen = spawn(display, ["-displayfd", "3", "-screen", "0", "1024x768x24"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const number = await new Promise((resolve) =>
    screen.stdio[3].once("data", (data) => resolve(String(data).trim())),
  );
  const port = await freePort();
  const process_ = spawn(driver, [`--port=${port}`, "--host=127.0.0.1"], {
    stdio: "ignore",
    detached: true,
    env: {
      ...process.env,
      DISPLAY: `:${number}`,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      NO_AT_BRIDGE: "1",
    },
  });
  const address = `http://127.0.0.1:${port}`;
  await untilItAnswers(address);
  const capabilities = {
    alwaysMatch: {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary, args: ["--automation"] },
    },
  };
  const { sessionId, capabilities: found } = await ask(`${address}/session`, "POST", { capabilities });
  const session = `${address}/session/${sessionId}`;
  return {
    version: found.browserVersion,
    async open(url) {
      await ask(`${session}/url`, "POST", { url });
      return () => ask(`${session}/url`, "POST", { url: "about:blank" });
    },
    async close() {
      await ask(session, "DELETE").catch(() => {});
      process.kill(-Number(process_.pid));
      screen.kill();
    },
  };
}
