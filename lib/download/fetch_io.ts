/**
 * Fetches a file of known length and SHA-256 to disk: piece by piece, going on where an earlier attempt ended, trying
 * again what may pass. Nothing counts as fetched before its checksum is right.
 */
import { startSha256 } from "../base/digest.ts";
import { UserError } from "../base/errors.ts";
import {
  type Answer,
  judgeAnswer,
  type Origin,
  originOf,
  requestHeaders,
  type Transfer,
} from "./transfer.ts";
import { PATIENCE, type Patience, pauseMs, transientTrouble } from "./transient.ts";

export interface Wanted {
  /** The file's name, for messages. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface FetchOptions extends Wanted {
  /** Where the file is, the preferred place first. */
  readonly urls: readonly string[];
  /** Bytes are kept here; what an earlier attempt left here is gone on from. */
  readonly path: string;
  readonly patience?: Patience;
  /** Asks a server, as {@link fetch} does; to add what it wants to know. */
  readonly ask?: (
    url: string,
    init: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
  ) => Promise<Response>;
  readonly onProgress: (bytes: number) => void;
  readonly onWarning: (message: string) => void;
}

/** Why a file was not fetched. */
export class FetchError extends UserError {
  /** Whether asking again would not help: some server has another file, or none. */
  readonly lasting: boolean;

  constructor(message: string, lasting: boolean) {
    super("download-failed", message);
    this.lasting = lasting;
  }
}

/**
 * @throws {FetchError} If no URL gives the file; what has come stays at `path` for the next attempt.
 */
export async function fetchFile(options: FetchOptions): Promise<void> {
  const troubles: string[] = [];
  let lasting = false;
  for (const url of options.urls) {
    const trouble = await new Fetching(options, url).run();
    if (trouble === undefined) return;
    lasting ||= trouble.lasting;
    troubles.push(`${new URL(url).host}: ${trouble.why}`);
    if (troubles.length < options.urls.length) {
      options.onWarning(`${troubles.at(-1)}; trying the next source.`);
    }
  }
  throw new FetchError(troubles.join("; "), lasting);
}

/** Copies a file that is here already and checks it on the way. @returns What is wrong with it, if anything. */
export async function copyChecked(
  from: string,
  to: string,
  { bytes, sha256 }: Wanted,
  onProgress: (bytes: number) => void,
): Promise<string | undefined> {
  using source = await Deno.open(from, { read: true });
  const { size } = await source.stat();
  if (size !== bytes) return `found ${size} bytes, wanted ${bytes}`;
  using target = await Deno.open(to, { write: true, create: true, truncate: true });
  const found = await digestOf(source, (piece, done) => {
    writeWhole(target, piece);
    onProgress(done);
  });
  return found === sha256 ? undefined : `found the SHA-256 ${found}, wanted ${sha256}`;
}

/** What became of one request: done, to be tried again, or of no use. */
type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "later"; readonly why: string; readonly afterSeconds?: number }
  | { readonly kind: "refused"; readonly why: string };

/** One URL's share of the work. */
class Fetching {
  readonly #options: FetchOptions;
  readonly #url: string;
  readonly #patience: Patience;
  readonly #originPath: string;
  /** Bytes of several answers are in the file, which may be of different versions. */
  #joined = false;
  /** How often bytes that had come were of no use: a server that brings new ones each time must not go on for ever. */
  #discards = 0;

  constructor(options: FetchOptions, url: string) {
    this.#options = options;
    this.#url = url;
    this.#patience = options.patience ?? PATIENCE;
    this.#originPath = `${options.path}.origin`;
  }

  /** @returns Why this URL does not give the file; nothing if it did. */
  async run(): Promise<{ readonly why: string; readonly lasting: boolean } | undefined> {
    let failures = 0;
    this.#joined = this.#have() > 0; // an earlier process may have joined answers
    for (;;) {
      const before = this.#have();
      const outcome = await this.#attempt(before);
      if (outcome.kind === "done") return undefined;
      if (outcome.kind === "refused") return { why: outcome.why, lasting: true };
      failures = this.#have() > before ? 1 : failures + 1;
      if (failures >= this.#patience.tries) {
        return { why: `${outcome.why}, ${failures} times in a row`, lasting: false };
      }
      const wait = pauseMs(failures, this.#patience, outcome.afterSeconds);
      this.#options.onWarning(
        `Downloading ${this.#options.file} from ${new URL(this.#url).host}: ${outcome.why}; ` +
          `trying again in ${Math.ceil(wait / 1000)} s.`,
      );
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async #attempt(have: number): Promise<Outcome> {
    const { bytes } = this.#options;
    if (have > bytes) this.#discard();
    if (have === bytes) return await this.#check();
    const transfer: Transfer = { url: this.#url, bytes, have: this.#have(), origin: this.#origin() };
    const silence = new Silence(this.#patience.silenceMs);
    try {
      const ask = this.#options.ask ?? fetch;
      const answer = await ask(this.#url, { headers: requestHeaders(transfer), signal: silence.signal });
      const verdict = judgeAnswer(answer.status, answer.headers, transfer);
      if (verdict.kind !== "append" && verdict.kind !== "whole") {
        await answer.body?.cancel();
        return this.#judge(verdict);
      }
      const trouble = await this.#take(answer, verdict.kind, silence);
      return trouble ?? await this.#check();
    } catch (error) {
      return outcomeOf(error);
    } finally {
      silence.end();
    }
  }

  #judge(verdict: Exclude<Answer, { kind: "append" | "whole" }>): Outcome {
    return verdict.kind === "discard" ? this.#startAgain(verdict.why) : verdict;
  }

  /** Writes the answer's body behind what is here, or over it. @returns What is wrong, if anything. */
  async #take(answer: Response, kind: "append" | "whole", silence: Silence): Promise<Outcome | undefined> {
    const { bytes, path, onProgress } = this.#options;
    using file = Deno.openSync(path, { write: true, create: true, append: kind === "append" });
    if (kind === "whole") {
      file.truncateSync(0);
      Deno.writeTextFileSync(this.#originPath, JSON.stringify(originOf(this.#url, answer.headers)));
    }
    let have = file.statSync().size;
    this.#joined = have > 0;
    for await (const piece of answer.body ?? []) {
      silence.heard();
      if (have + piece.length > bytes) {
        this.#discard();
        return { kind: "refused", why: `it sends more than the ${bytes} bytes of the file` };
      }
      writeWhole(file, piece);
      have += piece.length;
      onProgress(have);
    }
    return have === bytes ? undefined : { kind: "later", why: `it ended after ${have} of ${bytes} bytes` };
  }

  async #check(): Promise<Outcome> {
    const { path, sha256 } = this.#options;
    using file = await Deno.open(path, { read: true });
    const found = await digestOf(file);
    if (found === sha256) {
      removeIfThere(this.#originPath);
      return { kind: "done" };
    }
    const why = `found the SHA-256 ${found}, wanted ${sha256}`;
    if (this.#joined) return this.#startAgain(`${why}, with parts that may be of different versions`);
    this.#discard();
    return { kind: "refused", why: `${why}: it is another file` };
  }

  #startAgain(why: string): Outcome {
    this.#discard();
    return ++this.#discards < this.#patience.tries
      ? { kind: "later", why }
      : { kind: "refused", why: `${why}, ${this.#discards} times` };
  }

  #have(): number {
    try {
      return Deno.statSync(this.#options.path).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw error;
    }
  }

  #origin(): Origin | undefined {
    try {
      const { url, validator } = JSON.parse(Deno.readTextFileSync(this.#originPath));
      return typeof url === "string" && typeof validator === "string" ? { url, validator } : undefined;
    } catch {
      return undefined; // none, or cut short: then nothing is known of what is here
    }
  }

  #discard(): void {
    removeIfThere(this.#options.path);
    removeIfThere(this.#originPath);
  }
}

/** Ends a connection that brings nothing. */
class Silence {
  readonly #abort = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number) {
    this.#ms = ms;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#abort.abort(new Error("the server was silent")), this.#ms);
  }
}

const PIECE_BYTES = 1 << 20;

async function digestOf(
  file: Deno.FsFile,
  onPiece: (piece: Uint8Array, done: number) => void = () => {},
): Promise<string> {
  const digest = startSha256();
  const buffer = new Uint8Array(PIECE_BYTES);
  let done = 0;
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    const piece = buffer.subarray(0, read);
    digest.update(piece);
    onPiece(piece, done += read);
  }
  return digest.hex();
}

/** @throws Whatever is no trouble of the network, such as a full disk. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof Deno.errors.NotCapable) {
    const target = /"([^"]+)"/.exec(error.message)?.[1] ?? "another host";
    return { kind: "refused", why: `it leads to ${target}, which data/sources.json does not name` };
  }
  const messages: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) messages.push(e.message);
  // Addresses may hold any word.
  const text = messages.join(": ").replace(/\(?(?:https?:\/\/|(?:from|for) \S+ )\S*\)?/g, "");
  const trouble = transientTrouble(text);
  if (trouble !== undefined) return { kind: "later", why: trouble };
  if (error instanceof TypeError) return { kind: "refused", why: messages.at(-1)! };
  throw error;
}

function writeWhole(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
