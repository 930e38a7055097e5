/** @file Web addresses: only what is asked for is fetched, and servers of all kinds are understood. */
import { httpSource, openSource, readSafetensors, StorageError, writeSafetensors } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

let server: Server;
let origin = "";
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
/** The ranges that were asked for since the test began; `undefined` for a request without one. */
let ranges: (string | undefined)[] = [];
let sent = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  ranges = [];
  sent = 0;
});

/** Answers as a server that knows ranges; `change` may spoil the headers. */
function serve(bytes: Uint8Array, change: (headers: Record<string, string>, n: number) => void = () => {}) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const begin = Number(match?.[1] ?? 0);
    if (match && begin >= bytes.length) {
      response.writeHead(416, { "Content-Range": `bytes */${bytes.length}` }).end();
      return;
    }
    const end = Math.min(Number(match?.[2] ?? bytes.length) + 1, bytes.length);
    const headers: Record<string, string> = { ETag: '"1"', "Content-Length": String(end - begin) };
    if (match) headers["Content-Range"] = `bytes ${begin}-${end - 1}/${bytes.length}`;
    change(headers, ranges.length);
    sent += end - begin;
    response.writeHead(match ? 206 : 200, headers).end(bytes.subarray(begin, end));
  };
}

const sequence = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);

async function readAll(address: string): Promise<Uint8Array> {
  const source = await openSource(address);
  const bytes = new Uint8Array(source.size);
  await source.read(0, bytes);
  await source.close();
  return bytes;
}

describe("a server that knows ranges", () => {
  test("is asked for no more than what is read", async () => {
    const tensors = { a: tf.zeros([300_000]), b: tf.tensor1d([1, 2, 3]), c: tf.ones([1000]) };
    const bytes = await writeSafetensors(tensors);
    tf.dispose(tensors);
    answer = serve(bytes);
    const file = await readSafetensors(`${origin}/model.safetensors`);
    const headerLength = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(ranges).toEqual(["bytes=0-7", `bytes=8-${headerLength - 1}`]);
    const b = headerLength + 4 * 300_000;
    using tensor = await file.tensor("b");
    expect([...(await tensor.data())]).toEqual([1, 2, 3]);
    expect(ranges.slice(2)).toEqual([`bytes=${b}-${b + 11}`]);
    expect(sent).toBe(headerLength + 12);
    using large = await file.tensor("a");
    expect(large.size).toBe(300_000);
    // One request, however many pieces.
    expect(ranges).toHaveLength(4);
    await file.close();
    await expect(file.tensor("b")).rejects.toThrow(/closed/);
  });

  test.each([0, 1, 7, 8, 9, 100])("a file of %i bytes", async (length) => {
    answer = serve(sequence(length));
    expect(await readAll(`${origin}/x`)).toEqual(sequence(length));
  });

  test("gets the headers that are given", async () => {
    let found: string | undefined;
    const bytes = sequence(20);
    answer = (request, response) => {
      found = request.headers.authorization;
      serve(bytes)(request, response);
    };
    const source = await httpSource(`${origin}/x`, { headers: { Authorization: "Bearer 1" } });
    expect([source.size, found]).toEqual([20, "Bearer 1"]);
    await expect(source.read(15, new Uint8Array(6))).rejects.toThrow(
      /asked for the bytes 15 to 21, but there are 20/,
    );
  });
});

describe("a server without ranges", () => {
  test("is read once, and its bytes are held", async () => {
    const bytes = sequence(100_000);
    answer = (_, response) => response.writeHead(200).end(bytes);
    const source = await openSource(`${origin}/x`);
    const part = new Uint8Array(10);
    await source.read(500, part);
    await source.read(90_000, part);
    expect(part).toEqual(bytes.slice(90_000, 90_010));
    expect([source.size, ranges.length]).toEqual([100_000, 1]);
  });

  test("that hides the length is read once more, whole", async () => {
    const bytes = sequence(1000);
    answer = serve(bytes, (headers) => delete headers["Content-Range"]);
    expect(await readAll(`${origin}/x`)).toEqual(bytes);
    expect(ranges).toEqual(["bytes=0-7", undefined]);
    answer = serve(bytes, (headers) => {
      if (headers["Content-Range"]) headers["Content-Range"] = "bytes 0-7/*";
    });
    expect(await readAll(`${origin}/x`)).toEqual(bytes);
  });
});

describe("errors", () => {
  const bytes = sequence(100);
  const second = async () => {
    const source = await openSource(`${origin}/model.safetensors?key=secret`);
    return source.read(10, new Uint8Array(20));
  };

  test.each<[string, typeof answer, RegExp]>([
    [
      "another ETag",
      serve(bytes, (headers, n) => (headers["ETag"] = `"${n}"`)),
      /changed while it was read \(another ETag/,
    ],
    [
      "another Last-Modified",
      serve(bytes, (headers, n) => {
        delete headers["ETag"];
        headers["Last-Modified"] = new Date(n * 1e6).toUTCString();
      }),
      /changed while it was read/,
    ],
    [
      "another length",
      (request, response) => serve(sequence(99 + ranges.length))(request, response),
      /it had 100 bytes, and now has 101/,
    ],
    [
      "another range",
      serve(bytes, (headers, n) => {
        if (n > 1) headers["Content-Range"] = "bytes 11-30/100";
      }),
      /asked for the bytes 10 to 30, and got 11 to 31/,
    ],
    [
      "ranges no more",
      (request, response) => {
        if (ranges.length > 1) delete request.headers.range;
        serve(bytes)(request, response);
      },
      /answered 200 without the range/,
    ],
    [
      "too few bytes",
      (request, response) => {
        if (ranges.length === 1) return serve(bytes)(request, response);
        response.writeHead(206, { "Content-Range": "bytes 10-29/100" }).end(bytes.subarray(0, 5));
      },
      /asked for the 20 bytes from 10, and got only 5/,
    ],
    [
      "too many bytes",
      (request, response) => {
        if (ranges.length === 1) return serve(bytes)(request, response);
        response.writeHead(206, { "Content-Range": "bytes 10-29/100" }).end(bytes);
      },
      /and got more/,
    ],
    [
      "a broken connection",
      (request, response) => {
        if (ranges.length === 1) return serve(bytes)(request, response);
        response.writeHead(206, { "Content-Range": "bytes 10-29/100", "Content-Length": "20" });
        response.write(bytes.subarray(0, 5), () => response.destroy());
      },
      /the connection broke off/,
    ],
    ["404", (_, response) => response.writeHead(404, "Not Found").end("no"), /answered 404 Not Found/],
    ["500", (_, response) => response.writeHead(500).end(), /answered 500/],
    [
      "416 for a file that is not empty",
      (_, response) => response.writeHead(416, { "Content-Range": "bytes */5" }).end(),
      /answered 416/,
    ],
  ])("%s", async (_, server, message) => {
    answer = server;
    const error: unknown = await second().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StorageError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain(`${origin}/model.safetensors`);
    // Keys do not belong into logs.
    expect(String(error)).not.toContain("secret");
  });

  test("no server", async () => {
    const error = await openSource("http://127.0.0.1:1/x").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StorageError);
    expect((error as Error).cause).toBeDefined();
  });
});

test("the shards of an index, with its query", async () => {
  using five = tf.scalar(5);
  const shard = await writeSafetensors({ b: five });
  const index = new TextEncoder().encode(JSON.stringify({ weight_map: { b: "sub/model 1.safetensors" } }));
  const urls = new Set<string | undefined>();
  answer = (request, response) => {
    urls.add(request.url);
    serve(request.url!.includes("index") ? index : shard)(request, response);
  };
  const file = await readSafetensors(`${origin}/models/model.safetensors.index.json?revision=1`);
  using b = await file.tensor("b");
  expect([...(await b.data())]).toEqual([5]);
  expect([...urls]).toEqual([
    "/models/model.safetensors.index.json?revision=1",
    "/models/sub/model%201.safetensors?revision=1",
  ]);
});

test("a server that refuses ranges", async () => {
  const bytes = sequence(100);
  answer = (request, response) => {
    if (request.headers.range !== undefined) response.writeHead(416).end();
    else serve(bytes)(request, response);
  };
  expect(await readAll(`${origin}/model.safetensors`)).toEqual(bytes);
});

test("a data: URL", async () => {
  expect(await readAll("data:application/octet-stream;base64,AQIDBAUGBwgJCg==")).toEqual(
    Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  );
});
