/**
 * @file The service worker: keeps the page's files, and gives them out when the server cannot be reached. While it
 * can, its answers are taken, faults included.
 */

/** Of a service worker, what TypeScript's DOM lacks. */
interface Scope {
  /** Paths of the files of this build, beside this script; written before it by the build. */
  readonly FILES: readonly string[];
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: Waiting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
}

interface Waiting {
  waitUntil(done: Promise<unknown>): void;
}

interface Fetching {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = globalThis as unknown as Scope;
const CACHE = "nnx-playground";

scope.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => scope.skipWaiting())));
scope.addEventListener("activate", (event) =>
  event.waitUntil(forgetOthers().then(() => scope.clients.claim())),
);
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === location.origin;
  if (request.method === "GET" && isOurs) event.respondWith(answer(request));
});

/** One after the other: the page may be busy, and its line slow. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const file of ["./", ...scope.FILES]) {
    // Names of the others say nothing of what is in them.
    const isHashed = file.startsWith("assets/");
    if (isHashed && (await cache.match(file))) continue;
    const response = await fetch(file);
    if (response.ok) await cache.put(file, response);
  }
}

/** Removes files of earlier builds. */
async function forgetOthers(): Promise<void> {
  const cache = await caches.open(CACHE);
  const ours = new Set(["./", ...scope.FILES].map((file) => new URL(file, location.href).href));
  for (const request of await cache.keys()) {
    if (!ours.has(request.url)) await cache.delete(request);
  }
}

async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
