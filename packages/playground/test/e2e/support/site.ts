/** @file A plain file server for the built page, and one that fails as servers do. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** How the server answers. */
export interface SiteOptions {
  /** Whether the page is cross-origin isolated; it is unless told otherwise. */
  readonly isolated?: boolean;
  /** A Content-Security-Policy. */
  readonly policy?: string;
  /** What answers to `.wasm` files are like. */
  readonly wasm?: "served" | "missing" | "as text" | "as a page";
  /** JavaScript put before every script of a worker. */
  readonly prelude?: string;
}

/** A page on a free port of this machine, below a folder, as many file servers have it. */
export class Site {
  /** The scripts that were sent, by their path. */
  readonly scripts = new Map<string, string>();
  /** The paths of what was asked for and is not there. */
  readonly missing: string[] = [];
  private readonly folder: string;
  private readonly options: SiteOptions;
  private readonly server: Server;

  constructor(folder: string, options: SiteOptions = {}) {
    this.folder = folder;
    this.options = options;
    this.server = createServer((request, response) => this.answer(request, response));
  }

  /** Answers the page's address. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "localhost", resolve));
    return `http://localhost:${(this.server.address() as AddressInfo).port}/below/`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { isolated = true, policy } = this.options;
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    if (policy !== undefined) response.setHeader("Content-Security-Policy", policy);
    const { pathname } = new URL(request.url!, "http://localhost");
    const name = normalize(pathname.replace(/^\/below\//, "/").replace(/\/$/, "/index.html"));
    const file = join(this.folder, name);
    const isFailing = extname(name) === ".wasm" && this.answerWasm(file, response);
    if (!isFailing) this.send(name, file, response);
  }

  /** Whether the answer to a `.wasm` file was another than the file. */
  private answerWasm(file: string, response: ServerResponse): boolean {
    const { wasm = "served" } = this.options;
    if (wasm === "served") return false;
    if (wasm === "missing") response.writeHead(404, { "Content-Type": TYPES[".html"] }).end("Not found");
    // As servers do that answer everything they do not know with the page.
    if (wasm === "as a page")
      response.writeHead(200, { "Content-Type": TYPES[".html"] }).end("<html></html>");
    if (wasm === "as text") response.writeHead(200, { "Content-Type": "text/plain" }).end(readFileSync(file));
    return true;
  }

  private send(name: string, file: string, response: ServerResponse): void {
    if (!existsSync(file) || !statSync(file).isFile()) {
      if (!name.endsWith("favicon.ico")) this.missing.push(name);
      response.writeHead(404).end();
      return;
    }
    const content = readFileSync(file);
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    if (type === TYPES[".js"]) this.scripts.set(name, String(content));
    const { prelude } = this.options;
    const body = prelude !== undefined && type === TYPES[".js"] ? `${prelude};\n${String(content)}` : content;
    response.setHeader("Content-Type", type).end(body);
  }
}
