/**
 * A shared cache behind HTTP: GET, HEAD and PUT of its files. Waits briefly, tries again what may pass, goes on where an
 * answer was cut, follows a redirect only where nothing secret would go along, and believes nothing that it cannot check.
 */
import { FetchError, fetchFile } from "../../lib/download/fetch_io.ts";
import { type Patience, pauseMs, transientTrouble } from "../../lib/download/transient.ts";
import { sha256 } from "../../lib/base/digest.ts";
import {
  CACHE_FILE,
  cacheFileProblem,
  cacheFileText,
  MOST_RECORD_BYTES,
  recordName,
  sharedName,
  type SharedObject,
} from "../engine/cache/shared_record.ts";
import { type Remote, RemoteTrouble } from "./contract.ts";
import { piecesOf } from "./folder_io.ts";

/** One request, before whoever is asked gets what it wants to see. */
export interface CacheRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** SHA-256 of the body; of none it is that of no bytes. */
  readonly bodySha256: string;
}

/** How a server is spoken to. */
export interface Dialect {
  /** Whether a place that is a cache's says so of itself before anything was put there. */
  readonly saysWhatItIs: boolean;
  /** With what lets it be answered. */
  sign(request: CacheRequest): Promise<Request>;
  /**
   * What an answer that is no success says of a name; `busy`: somebody else is putting it there at this moment, and who
   * wants to know what comes of it asks again.
   *
   * @throws {RemoteTrouble} If it says something of the server or this user.
   */
  judge(answer: Response, request: CacheRequest): Promise<"absent" | "exists" | "busy">;
  /** Puts a large file; absent: as a stream, in one request. */
  putLarge?(http: Http, name: string, object: SharedObject, path: string): Promise<void>;
}

export interface HttpOptions {
  /** Without a slash at its end, a query or a password. */
  readonly url: string;
  readonly location: string;
  readonly dialect: Dialect;
  readonly patience?: CachePatience;
}

/** @property headersMs Until an answer begins; a body that is sent gets more time by its length. */
export interface CachePatience extends Patience {
  readonly headersMs: number;
}

/** Short: what takes long to be asked for had better be made here. */
export const CACHE_PATIENCE: CachePatience = Object.freeze({
  tries: 3,
  firstPauseMs: 250,
  longestPauseMs: 4_000,
  silenceMs: 10_000,
  headersMs: 10_000,
});

export const NO_BYTES_SHA256 = sha256("");
/** A body that is sent may be no slower than this, after a first grace. */
const SLOWEST_BYTES_PER_MS = 50;
/** What is larger is never whole in memory. */
export const MOST_WHOLE_BYTES = 32 << 20;
const MOST_REDIRECTS = 3;

export class Http {
  readonly #options: HttpOptions;
  readonly #patience: CachePatience;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#patience = options.patience ?? CACHE_PATIENCE;
  }

  /**
   * Asks until there is an answer that says something.
   *
   * @param query What follows the name, with its question mark.
   * @returns A success, or what else there is to know of the name; of a success the caller reads or cancels the body.
   */
  async ask(
    method: CacheRequest["method"],
    name: string,
    { headers = {}, body, bodySha256 = NO_BYTES_SHA256, query = "", stream }: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array<ArrayBuffer>;
      /** Gives a body anew for each try, in the place of one in memory. */
      readonly stream?: { readonly bytes: number; open(): ReadableStream<Uint8Array> };
      readonly bodySha256?: string;
      readonly query?: string;
    } = {},
  ): Promise<Response | "absent" | "exists"> {
    const url = `${this.#options.url}/${name}${query}`;
    const bytes = body?.length ?? stream?.bytes ?? 0;
    for (let failures = 1;; failures++) {
      const content = body ?? stream?.open();
      const request: CacheRequest = {
        method,
        url,
        headers: { "accept-encoding": "identity", ...headers },
        ...(content === undefined ? {} : { body: content }),
        bodySha256,
      };
      let trouble: string;
      let afterSeconds = 0;
      try {
        const answer = await this.send(request, this.#patience.headersMs + bytes / SLOWEST_BYTES_PER_MS);
        if (answer.ok) return answer;
        if (isPassing(answer.status)) {
          await answer.body?.cancel();
          trouble = `it answers with status ${answer.status}`;
        } else {
          const judged = await this.#options.dialect.judge(answer, request);
          if (judged !== "busy") return judged;
          trouble = "somebody else is putting the same there";
        }
        afterSeconds = Number(answer.headers.get("retry-after") ?? 0) || 0;
      } catch (error) {
        trouble = passingTrouble(error);
      }
      const wait = pauseMs(failures, this.#patience, afterSeconds);
      if (failures >= this.#patience.tries || wait < afterSeconds * 1000) {
        throw new RemoteTrouble("unreachable", trouble);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Sends one request once. A redirect is followed where only reading is asked for, without what was signed. */
  async send(request: CacheRequest, headersMs: number, signal?: AbortSignal): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error("the server was silent")), headersMs);
    const either = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
    try {
      let answer = await fetch(await this.#options.dialect.sign(request), {
        redirect: "manual",
        signal: either,
      });
      let { url } = request;
      for (let count = 0; isRedirect(answer); count++) {
        const target = answer.headers.get("location");
        await answer.body?.cancel();
        if (target === null || count === MOST_REDIRECTS || !["GET", "HEAD"].includes(request.method)) {
          throw new RemoteTrouble(
            "refused",
            `it leads elsewhere (status ${answer.status}): name the place it leads to`,
          );
        }
        url = new URL(target, url).href;
        if (!/^https?:/.test(url)) throw new RemoteTrouble("refused", "it leads to no address of the web");
        const { method, headers } = request;
        answer = await fetch(url, { method, headers, redirect: "manual", signal: either });
      }
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  get patience(): CachePatience {
    return this.#patience;
  }
}

export function httpRemote(options: HttpOptions): Remote {
  const http = new Http(options);
  const { dialect, location } = options;
  return {
    location,
    async begin() {
      const answer = await http.ask("PUT", CACHE_FILE, bodyOf(cacheFileText()));
      if (answer instanceof Response) await answer.body?.cancel();
    },
    async check() {
      const answer = await http.ask("GET", CACHE_FILE);
      if (answer instanceof Response) return await checkFile(answer, http.patience.silenceMs);
      if (!dialect.saysWhatItIs) return;
      throw new RemoteTrouble(
        "refused",
        `it is no cache: it has no ${CACHE_FILE}. Name the address that serve-cache tells`,
      );
    },
    async record(key) {
      const answer = await http.ask("GET", recordName(key));
      return answer instanceof Response ? await smallText(answer, http.patience.silenceMs) : undefined;
    },
    async size(sha256) {
      const answer = await http.ask("HEAD", sharedName(sha256));
      if (!(answer instanceof Response)) return undefined;
      await answer.body?.cancel();
      const length = Number(answer.headers.get("content-length") ?? NaN);
      return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
    },
    async bringObject(object, path) {
      const name = sharedName(object.sha256);
      try {
        await fetchFile({
          file: object.sha256.slice(0, 8),
          ...object,
          urls: [`${options.url}/${name}`],
          path,
          patience: http.patience,
          ask: (url, { headers, signal }) =>
            askForBytes(http, dialect, { method: "GET", url, headers, bodySha256: NO_BYTES_SHA256 }, signal),
          onProgress: () => {},
          onWarning: () => {},
        });
      } catch (error) {
        if (!(error instanceof FetchError)) throw error;
        const why = error.message.replace(/^\S+: /, ""); // without the host
        throw new RemoteTrouble(error.lasting ? "wrong" : "unreachable", why);
      }
    },
    async putObject(object, path) {
      const name = sharedName(object.sha256);
      if (object.bytes > MOST_WHOLE_BYTES && dialect.putLarge !== undefined) {
        return await dialect.putLarge(http, name, object, path);
      }
      const whole = object.bytes <= MOST_WHOLE_BYTES ? await Deno.readFile(path) : undefined;
      const stream = { bytes: object.bytes, open: () => ReadableStream.from(piecesOf(path)) };
      const answer = await http.ask("PUT", name, {
        ...(whole === undefined ? { stream } : { body: whole }),
        bodySha256: object.sha256,
      });
      if (answer instanceof Response) await answer.body?.cancel();
    },
    async putRecord(key, text, replace) {
      const answer = await http.ask("PUT", recordName(key), {
        ...bodyOf(text),
        headers: { "content-type": "application/json", ...(replace ? {} : { "if-none-match": "*" }) },
      });
      if (answer === "exists") return "exists";
      if (answer === "absent") throw new RemoteTrouble("refused", "it does not let records be put there");
      await answer.body?.cancel();
      return "put";
    },
  };
}

/** @throws {RemoteTrouble} `refused`: what answers is no cache. */
async function checkFile(answer: Response, silenceMs: number): Promise<void> {
  const text = await smallText(answer, silenceMs).catch((error) => {
    if (error instanceof RemoteTrouble && error.kind === "wrong") return ""; // a page as long as that
    throw error;
  });
  const problem = cacheFileProblem(text);
  if (problem !== undefined) throw new RemoteTrouble("refused", problem);
}

/** One request for the bytes of an object: what is no success is told by its kind, what may pass is left to who asks. */
async function askForBytes(
  http: Http,
  dialect: Dialect,
  request: CacheRequest,
  signal: AbortSignal,
): Promise<Response> {
  const answer = await http.send(request, http.patience.headersMs, signal);
  if (answer.ok || isPassing(answer.status) || answer.status === 416) return answer;
  await dialect.judge(answer, request);
  throw new RemoteTrouble("absent", "it is not there any more");
}

function bodyOf(text: string) {
  const body = new TextEncoder().encode(text);
  return { body, bodySha256: sha256(body) };
}

/** @throws {RemoteTrouble} `wrong`: it is longer than a record can be, or cut. */
async function smallText(answer: Response, silenceMs: number): Promise<string> {
  const wanted = answer.headers.get("content-length");
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of withDeadline(answer.body, silenceMs)) {
      bytes += piece.length;
      if (bytes > MOST_RECORD_BYTES) {
        throw new RemoteTrouble("wrong", `its record is longer than ${MOST_RECORD_BYTES} bytes`);
      }
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof RemoteTrouble ? error : new RemoteTrouble("unreachable", passingTrouble(error));
  }
  if (wanted !== null && Number(wanted) !== bytes) {
    throw new RemoteTrouble("unreachable", `it ended after ${bytes} of ${wanted} bytes`);
  }
  return await new Blob(pieces as BlobPart[]).text();
}

async function* withDeadline(
  body: ReadableStream<Uint8Array> | null,
  silenceMs: number,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  for (;;) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the server was silent")), silenceMs);
    });
    try {
      const { done, value } = await Promise.race([reader.read(), silence]);
      if (done) return;
      yield value;
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function isPassing(status: number): boolean {
  return [408, 425, 429, 500, 502, 503, 504].includes(status);
}

function isRedirect({ status }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** What happened, if it may pass. @throws Whatever else it is: a fault of the program, or an answer that is final. */
function passingTrouble(error: unknown): string {
  if (error instanceof RemoteTrouble) throw error;
  const messages: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) messages.push(e.message);
  const text = messages.join(": ").replace(/\(?(?:https?:\/\/|(?:from|for) \S+ )\S*\)?/g, "");
  const trouble = transientTrouble(text);
  if (trouble !== undefined) return trouble;
  if (error instanceof TypeError) {
    throw new RemoteTrouble("refused", messages.at(-1)!.replace(/\.$/, ""));
  }
  throw error;
}

/** A cache behind a plain server: whoever has its token may put things there. */
export function plainDialect(token: string | undefined): Dialect {
  return {
    saysWhatItIs: true,
    sign: ({ method, url, headers, body }) =>
      Promise.resolve(
        new Request(url, {
          method,
          headers: {
            ...headers,
            // Only where it is needed: what is read is read without.
            ...(method === "PUT" && token !== undefined ? { authorization: `Bearer ${token}` } : {}),
          },
          ...(body === undefined ? {} : { body }),
          redirect: "manual",
        }),
      ),
    async judge(answer, { method }) {
      const text = (await answer.text()).trim().slice(0, 200);
      if (answer.status === 412) return "exists";
      if (method !== "PUT" && (answer.status === 404 || answer.status === 410)) return "absent";
      if (answer.status === 401 || answer.status === 403) {
        throw new RemoteTrouble(
          "refused",
          method === "PUT"
            ? `it does not let this user put anything there (status ${answer.status}): ${
              token === undefined
                ? "set STORE_REMOTE_TOKEN to its token"
                : "the token in STORE_REMOTE_TOKEN is not its own"
            }`
            : `it does not let this user read (status ${answer.status})`,
        );
      }
      if (answer.status === 405) {
        throw new RemoteTrouble("refused", "it is only to be read: start it with --write");
      }
      const said = /^[\x20-\x7e]+$/.test(text) && !text.startsWith("<") ? `: ${text}` : "";
      const kind = answer.status === 422 || answer.status === 409 ? "wrong" : "refused";
      throw new RemoteTrouble(kind, `it answers with status ${answer.status}${said}`);
    },
  };
}
