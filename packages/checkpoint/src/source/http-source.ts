/** @file A web address as a source, of which only the ranges that are asked for are fetched. */
import { StorageError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { bytesSource } from "./bytes-source.ts";
import { partsInside } from "./folder-name.ts";
import { checkRange } from "./range.ts";

/** The bytes that the first request asks for: enough to tell formats apart; its answer says how long the file is. */
const PROBE = 8;

/**
 * Opens a web address. Only what is read is fetched, by HTTP range requests: a request for each `read`, and one for
 * each `stream`, however long. Where the server does not know ranges, or hides `Content-Range` from the page, the
 * whole file is fetched once and held in memory until the source is closed.
 *
 * @param address where it is
 * @param init what `fetch` takes, for instance `headers` that prove who asks
 * @throws StorageError for an answer that is not the file, and for a file that changes between two reads
 *
 * @example
 * const source = await httpSource("https://example.org/model.safetensors", {
 *   headers: { Authorization: `Bearer ${token}` },
 * });
 */
export async function httpSource(address: string | URL, init: RequestInit = {}): Promise<ByteSource> {
  const url = new URL(address);
  const label = labelOf(url);
  const first = await request(url, label, init, 0, PROBE);
  const { protocol } = url;
  // What "data:" and "blob:" name has no folder.
  const beside = (protocol === "http:" || protocol === "https:") && {
    sibling: async (name: string) => httpSource(besideOf(url, partsInside(name, label)), init),
  };
  // An empty file has no range that could be answered; some servers refuse all ranges so.
  if (first.status === 416) {
    await first.body?.cancel();
    const isEmpty = first.headers.has("Content-Range");
    const whole = isEmpty ? new Uint8Array(0) : await bodyOf(await request(url, label, init), label);
    return { ...bytesSource(whole, label), ...beside };
  }
  const version = first.status === 206 ? versionOf(first) : undefined;
  if (!version) {
    const whole = first.status === 206 ? await request(url, label, init) : first;
    if (whole !== first) await first.body?.cancel();
    return { ...bytesSource(await bodyOf(whole, label), label), ...beside };
  }
  const { size } = version;
  const head = await bodyOf(first, label);
  let closed = false;

  async function* stream(begin: number, end: number): AsyncGenerator<Uint8Array> {
    checkRange(label, size, begin, end, closed);
    if (begin === end) return;
    if (end <= head.length) {
      yield head.subarray(begin, end);
      return;
    }
    const answer = await request(url, label, init, begin, end);
    await checkAnswer(answer, label, version!, begin, end);
    let received = 0;
    for await (const piece of piecesOf(answer, label)) {
      received += piece.length;
      if (received > end - begin) break;
      yield piece;
    }
    if (received !== end - begin) {
      const found = received < end - begin ? `only ${received}` : "more";
      throw new StorageError(`${label}: asked for the ${end - begin} bytes from ${begin}, and got ${found}`);
    }
  }

  return {
    label,
    size,
    stream,
    ...beside,
    async read(begin, into) {
      let filled = 0;
      for await (const piece of stream(begin, begin + into.byteLength)) {
        into.set(piece, filled);
        filled += piece.length;
      }
    },
    close: async () => {
      closed = true;
    },
  };
}

/** What tells one version of a file from the next. */
interface Version {
  size: number;
  etag: string | null;
  modified: string | null;
}

/** Undefined where the page may not see how long the file is. */
function versionOf(answer: Response): Version | undefined {
  const size = rangeOf(answer)?.size;
  if (size === undefined) return undefined;
  return { size, etag: answer.headers.get("ETag"), modified: answer.headers.get("Last-Modified") };
}

function rangeOf(answer: Response): { begin: number; end: number; size: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(answer.headers.get("Content-Range")?.trim() ?? "");
  if (!match) return undefined;
  return { begin: Number(match[1]), end: Number(match[2]) + 1, size: Number(match[3]) };
}

async function checkAnswer(answer: Response, label: string, version: Version, begin: number, end: number) {
  const found = answer.status === 206 ? rangeOf(answer) : undefined;
  let problem: string | undefined;
  if (!found) {
    problem = `the server answered ${answer.status} without the range, though it gave one before`;
  } else if (found.size !== version.size) {
    problem = `it changed while it was read: it had ${version.size} bytes, and now has ${found.size}`;
  } else if (
    differ(version.etag, answer.headers.get("ETag")) ||
    differ(version.modified, answer.headers.get("Last-Modified"))
  ) {
    problem = "it changed while it was read (another ETag or Last-Modified)";
  } else if (found.begin !== begin || found.end !== end) {
    problem = `asked for the bytes ${begin} to ${end}, and got ${found.begin} to ${found.end}`;
  }
  if (!problem) return;
  await answer.body?.cancel();
  throw new StorageError(`${label}: ${problem}. Read it again from the start`);
}

/** Servers behind one address need not send the same headers, so that one that is missing says nothing. */
const differ = (before: string | null, now: string | null) =>
  before !== null && now !== null && before !== now;

async function request(
  url: URL,
  label: string,
  init: RequestInit,
  begin?: number,
  end?: number,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (begin !== undefined && end !== undefined) headers.set("Range", `bytes=${begin}-${end - 1}`);
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, headers });
  } catch (cause) {
    throw new StorageError(
      `${label} could not be fetched; is the address right, and does the server allow this page (CORS)?`,
      { cause },
    );
  }
  if (answer.ok || (answer.status === 416 && begin === 0 && saysEmpty(answer))) return answer;
  await answer.body?.cancel();
  throw new StorageError(`${label}: the server answered ${answer.status} ${answer.statusText}`.trimEnd());
}

const saysEmpty = (answer: Response) =>
  /^bytes \*\/0$/.test(answer.headers.get("Content-Range") ?? "bytes */0");

async function bodyOf(answer: Response, label: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of piecesOf(answer, label)) {
    pieces.push(piece);
    length += piece.length;
  }
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function* piecesOf(answer: Response, label: string): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader();
  if (!reader) return;
  let ended = false;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    ended = true;
  } catch (cause) {
    throw new StorageError(`${label}: the connection broke off`, { cause });
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}

/** Without what a query or a user's name could tell others. */
function labelOf(url: URL): string {
  return url.protocol === "data:"
    ? "a data: URL"
    : `${url.origin === "null" ? url.protocol : url.origin}${url.pathname}`;
}

/** Another file of the same folder; the query stays, as it may hold a key. */
function besideOf(url: URL, parts: readonly string[]): URL {
  const beside = new URL(parts.map(encodeURIComponent).join("/"), url);
  beside.search = url.search;
  return beside;
}
