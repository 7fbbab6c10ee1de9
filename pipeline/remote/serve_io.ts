/**
 * The server of a shared cache: a process of its own that may listen at one address, and read one folder, or write to it
 * where that is asked for. It gets one {@link CacheServerRequest} as JSON on standard input and ends when that is closed.
 * Nothing is listed; whatever is put there is compared with its name before anybody sees it.
 */
import { timingSafeEqual } from "node:crypto";
import { sha256 } from "../../lib/base/digest.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { CACHE_FILE, cacheFileText, MOST_RECORD_BYTES } from "../engine/cache/shared_record.ts";
import { RemoteTrouble } from "./contract.ts";
import { CacheFolder, makeCacheFolder } from "./folder_io.ts";

export interface CacheServerRequest {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Absolute. */
  readonly folder: string;
  /** SHA-256 of what whoever may write has to say; absent: nobody may. */
  readonly tokenSha256?: string;
  /** Most bytes of an object. */
  readonly mostBytes: number;
}

const HEADERS: Readonly<Record<string, string>> = {
  // Bytes as they are: whoever fetches them counts and hashes them. No cache between here and there is needed.
  "cache-control": "no-store, no-transform",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** Someone who sends and then says nothing for so long is not waited for. */
const SILENCE_MS = 30_000;
const RECORD = /^\/receipts\/[0-9a-f]{2}\/([0-9a-f]{64})\.json$/;
const OBJECT = /^\/objects\/[0-9a-f]{2}\/([0-9a-f]{64})$/;

/** Answers one request for a cache that is there. */
export async function answerCache(request: Request, server: CacheServerRequest): Promise<Response> {
  const { pathname } = new URL(request.url);
  try {
    switch (request.method) {
      case "GET":
      case "HEAD":
        return await read(request, pathname, new CacheFolder(server.folder));
      case "PUT":
        return await write(request, pathname, server);
      default:
        return say(405, "There is nothing but GET, HEAD and PUT.", { allow: "GET, HEAD, PUT" });
    }
  } catch (error) {
    if (error instanceof RemoteTrouble) return say(error.kind === "absent" ? 409 : 422, `${error.message}.`);
    const explained = explainSystemError(error, "do this");
    if (!(explained instanceof UserError)) throw error;
    return say(
      explained.reason === "disk-full" ? 507 : 503,
      "The cache's disk cannot be used at the moment.",
    );
  }
}

async function read(request: Request, pathname: string, folder: CacheFolder): Promise<Response> {
  const isHead = request.method === "HEAD";
  if (pathname === `/${CACHE_FILE}`) return text(cacheFileText(), isHead);
  const key = RECORD.exec(pathname)?.[1];
  if (key !== undefined) {
    const record = folder.record(key);
    return record === undefined ? say(404, "No such record.") : text(record, isHead);
  }
  const digest = OBJECT.exec(pathname)?.[1];
  const size = digest === undefined ? undefined : folder.size(digest);
  if (digest === undefined || size === undefined) return say(404, "No such object.");
  const etag = `"${digest}"`;
  const range = rangeOf(request.headers, size, etag);
  if (range === "beyond") return say(416, "No such bytes.", { "content-range": `bytes */${size}` });
  const [from, status] = range === undefined ? [0, 200] : [range, 206];
  const headers = {
    ...HEADERS,
    "accept-ranges": "bytes",
    "content-length": String(size - from),
    "content-type": "application/octet-stream",
    etag,
    ...(status === 206 ? { "content-range": `bytes ${from}-${size - 1}/${size}` } : {}),
  };
  if (isHead) return new Response(null, { status, headers });
  const file = await Deno.open(folder.fileOf(digest), { read: true });
  if (from > 0) await file.seek(from, Deno.SeekMode.Start);
  return new Response(file.readable, { status, headers });
}

/** The first byte of what is asked for: nothing for all of it. Of ranges only the rest of an object is given. */
function rangeOf(headers: Headers, size: number, etag: string): number | "beyond" | undefined {
  const asked = /^bytes=(\d+)-$/.exec(headers.get("range") ?? "");
  const condition = headers.get("if-range");
  if (asked === null || (condition !== null && condition !== etag)) return undefined;
  const from = Number(asked[1]);
  return from < size ? from : "beyond";
}

async function write(request: Request, pathname: string, server: CacheServerRequest): Promise<Response> {
  const refused = mayWrite(request, server);
  if (refused !== undefined) {
    await request.body?.cancel();
    return refused;
  }
  const folder = new CacheFolder(server.folder);
  const pieces = heard(request.body);
  if (pathname === `/${CACHE_FILE}`) {
    return await textOf(pieces) === cacheFileText()
      ? say(200, "It is.")
      : say(422, "This is a cache of another format.");
  }
  const digest = OBJECT.exec(pathname)?.[1];
  if (digest !== undefined) {
    await folder.putObject(digest, pieces, server.mostBytes);
    return say(201, "It is there.");
  }
  const key = RECORD.exec(pathname)?.[1];
  if (key === undefined) {
    await request.body?.cancel();
    return say(404, "Nothing can be put there.");
  }
  const put = await folder.putRecord(key, await textOf(pieces), request.headers.get("if-none-match") !== "*");
  return put === "put" ? say(201, "It is there.") : say(412, "There is one already.");
}

function mayWrite(request: Request, { tokenSha256 }: CacheServerRequest): Response | undefined {
  if (tokenSha256 === undefined) return say(405, "This cache is only to be read.", { allow: "GET, HEAD" });
  const said = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  // Digests are of one length, so that comparing takes as long however much of a token is right.
  const [a, b] = [sha256(said), tokenSha256].map((text) => new TextEncoder().encode(text));
  if (timingSafeEqual(a!, b!)) return undefined;
  return say(401, "Only whoever has the token may write.", { "www-authenticate": "Bearer" });
}

/** @throws {RemoteTrouble} `wrong`: whoever sends it stopped. */
async function* heard(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  while (reader !== undefined) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RemoteTrouble("wrong", "nothing more was sent")), SILENCE_MS);
    });
    try {
      const { done, value } = await Promise.race([reader.read(), silence]);
      if (done) return;
      yield value;
    } catch (error) {
      void reader.cancel().catch(() => {});
      throw error instanceof RemoteTrouble ? error : new RemoteTrouble("wrong", "it was cut");
    } finally {
      clearTimeout(timer);
    }
  }
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > MOST_RECORD_BYTES) {
      throw new RemoteTrouble("wrong", `it has more than ${MOST_RECORD_BYTES} bytes`);
    }
    parts.push(piece);
  }
  return await new Blob(parts as BlobPart[]).text();
}

function text(content: string, isHead: boolean): Response {
  const body = new TextEncoder().encode(content);
  const headers = { ...HEADERS, "content-type": "application/json", "content-length": String(body.length) };
  return new Response(isHead ? null : body, { headers });
}

function say(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${sentence}\n`, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

async function main(): Promise<void> {
  const input = Deno.stdin.readable.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>,
  ).getReader();
  let line = "";
  while (!line.endsWith("\n")) line += (await input.read()).value ?? "\n";
  const wanted = JSON.parse(line) as CacheServerRequest;
  if (wanted.tokenSha256 !== undefined) makeCacheFolder(wanted.folder);
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    {
      port: wanted.port,
      hostname: wanted.host,
      onListen: ({ port }) => console.log(JSON.stringify({ port })),
      onError: (error) => {
        console.error(error instanceof Error ? error.stack ?? error.message : String(error));
        return say(500, "The server failed.");
      },
    },
    (request) => answerCache(request, wanted),
  );
  while (!(await input.read()).done);
  await server.shutdown();
}

if (import.meta.main) await main();
