/** The processes that do the work, ours and PyTorch's, behind one interface. */
import { fromFileUrl } from "@std/path";
import type { BenchCase, Configuration, PeerVariant } from "./cases.ts";
import { pythonCommand, type Torch } from "../torch/torch_io.ts";
import type { Ended, Prepared, WorkReply, WorkRequest } from "./protocol.ts";

/** V8 looks at these only when a process starts. */
const FAST_FLAGS = "--v8-flags=--no-wasm-bounds-checks,--experimental-wasm-revectorize";

/** A process with at most one case. Use with `await using`. */
export class Side implements AsyncDisposable {
  readonly #name: string;
  readonly #threads: number;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string>;

  constructor(name: string, threads: number, command: Deno.Command) {
    this.#name = name;
    this.#threads = threads;
    this.#child = command.spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = lines(this.#child.stdout);
  }

  /** @param told The file of weights and inputs; to the peer, how it is to do its work. */
  async prepare(
    work: BenchCase,
    told: { readonly exchange?: string; readonly variant?: PeerVariant } = {},
  ): Promise<Prepared> {
    return await this.#ask({ do: "prepare", case: work, threads: this.#threads, ...told }) as Prepared;
  }

  /** @returns Milliseconds of each run. */
  async run(runs: number): Promise<readonly number[]> {
    return (await this.#ask({ do: "run", runs }) as { readonly ms: readonly number[] }).ms;
  }

  /** The last request. */
  async end(): Promise<Ended> {
    return await this.#ask({ do: "end" }) as Ended;
  }

  /** Ends the input, upon which the process cleans up and goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#lines.return(undefined);
    await this.#child.status;
  }

  async #ask(request: WorkRequest): Promise<WorkReply> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#name} ended when asked to ${request.do}`);
    const reply = JSON.parse(value) as WorkReply;
    if ("error" in reply) throw new Error(`${this.#name} failed to ${request.do}: ${reply.error}`);
    return reply;
  }
}

export function startOurs({ threads, fast }: Configuration): Side {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", ...(fast ? [FAST_FLAGS] : []), script("worker_io.ts")],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  return new Side("The worker", threads, command);
}

export function startPeer(torch: Torch, threads: number): Side {
  const command = pythonCommand(torch, new URL("peer.py", import.meta.url), {
    threads,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  return new Side("PyTorch's side", threads, command);
}

function script(name: string): string {
  return fromFileUrl(new URL(name, import.meta.url));
}

/** Lines that are replies; a library may print others. */
async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts.filter((line) => line.startsWith("{"));
  }
}
