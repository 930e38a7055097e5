/** @file Serves a folder, or what a development server serves, to a browser, with the headers that are wanted. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request as requestOf } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" }; // prettier-ignore
const PAGE = `<!doctype html><meta charset="utf-8"><script type="module" src="/main.js"></script>`;

/**
 * A server on a free port of this machine.
 *
 * `/wasm/` has TensorFlow.js's `.wasm` files, what is sent to `/report` by POST is given to `onReport`, and a folder
 * without an `index.html` has one that loads `main.js`.
 */
export class Site {
  /**
   * @param {{ folder?: string, upstream?: number, wasm: string, isolated?: boolean, policy?: string,
   *   wasmType?: string, onReport?: (report: object) => void }} options what is served, or the port of the server that
   *   has it; whether pages are cross-origin isolated; their Content-Security-Policy; the MIME type of `.wasm` files
   */
  constructor(options) {
    this.options = { isolated: true, wasmType: TYPES[".wasm"], ...options };
    /** The scripts that were sent, by their path. */
    this.sent = new Map();
    /** The paths of what was asked for and is not there. */
    this.missing = [];
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.on("upgrade", (request, socket, head) => this.forwardUpgrade(request, socket, head));
  }

  /** Answers the address of the site. */
  async open() {
    await new Promise((resolve) => this.server.listen(0, "localhost", resolve));
    return `http://localhost:${this.server.address().port}`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Kilobytes of JavaScript that were sent, each script gzipped. */
  scripts() {
    return [...this.sent.values()].reduce((sum, script) => sum + gzipSync(script).length, 0) / 1000;
  }

  answer(request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    const { folder, upstream, wasm, wasmType, onReport } = this.options;
    for (const [name, value] of Object.entries(this.headers())) response.setHeader(name, value);
    const name = normalize(pathname === "/" ? "/index.html" : pathname);
    if (pathname === "/report" && request.method === "POST") void receive(request, response, onReport);
    else if (pathname.startsWith("/wasm/")) this.send(response, join(wasm, name.slice(6)), wasmType);
    else if (upstream) this.forward(request, response);
    else if (name === "/index.html" && !existsSync(join(folder, name))) {
      response.setHeader("Content-Type", TYPES[".html"]).end(PAGE);
    } else this.send(response, join(folder, name), TYPES[extname(name)] ?? "application/octet-stream");
  }

  headers() {
    const { isolated, policy } = this.options;
    return {
      ...(isolated && {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      }),
      ...(policy && { "Content-Security-Policy": policy }),
    };
  }

  send(response, file, type) {
    if (!existsSync(file) || !statSync(file).isFile()) {
      this.missing.push(file);
      response.writeHead(404, { "Content-Type": TYPES[".html"] }).end("<html></html>");
      return;
    }
    const content = readFileSync(file);
    if (type === TYPES[".js"]) this.sent.set(file, content);
    response.setHeader("Content-Type", type).end(content);
  }

  /** The same request for the server behind this one, for which it is one of its own pages'. */
  optionsOf({ headers, url, method }) {
    const port = this.options.upstream;
    const own = { host: `localhost:${port}`, "accept-encoding": "identity" };
    if (headers.origin) own.origin = `http://localhost:${port}`;
    return { host: "localhost", port, path: url, method, headers: { ...headers, ...own } };
  }

  /** Development servers tell pages of changes by WebSocket; those of Next start nothing without it. */
  forwardUpgrade(request, socket, head) {
    if (!this.options.upstream) {
      socket.destroy();
      return;
    }
    const target = requestOf(this.optionsOf(request));
    const end = () => socket.destroy();
    target.on("error", end).on("response", end);
    target.on("upgrade", ({ rawHeaders }, other, first) => {
      const lines = rawHeaders.map((part, i) => part + (i % 2 === 0 ? ": " : "\r\n"));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
      socket.write(first);
      other.write(head);
      other.on("error", end).pipe(socket);
      socket.on("error", () => other.destroy()).pipe(other);
    });
    target.end();
  }

  forward(request, response) {
    const target = requestOf(this.optionsOf(request), (answer) => {
      // The headers of this site count.
      for (const name of Object.keys(response.getHeaders())) delete answer.headers[name];
      response.writeHead(answer.statusCode, answer.headers);
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        if (/javascript/.test(answer.headers["content-type"]))
          this.sent.set(request.url, Buffer.concat(parts));
      });
      answer.pipe(response);
    });
    target.on("error", (error) => response.writeHead(502).end(String(error)));
    request.pipe(target);
  }
}

async function receive(request, response, onReport) {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  response.writeHead(204).end();
  onReport?.(JSON.parse(text));
}
