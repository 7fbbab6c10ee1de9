/** Machines of a test, each with a store of its own, that share a cache. */
import { SharedCache, type Tally } from "../../pipeline/remote/shared_cache_io.ts";
import { Pusher, type PushTally } from "../../pipeline/remote/push_io.ts";
import type { Remote } from "../../pipeline/remote/contract.ts";
import type { CachePatience } from "../../pipeline/remote/http_io.ts";
import { answerCache, type CacheServerRequest } from "../../pipeline/remote/serve_io.ts";
import { folderRemote, makeCacheFolder } from "../../pipeline/remote/folder_io.ts";
import { sha256 } from "../../lib/base/digest.ts";
import { runGraph } from "../../pipeline/engine/run.ts";
import { openStore, type Store } from "../../pipeline/engine/store/store_io.ts";
import type { TaskSpec } from "../../pipeline/engine/types.ts";
import { fakeCode, fakeRunner, type FakeStage, task, writeOutput } from "./tasks.ts";
import type { TempDir } from "./temp_dir.ts";

/** Quick to try again, and with time for a machine that is busy with other tests. */
export const QUICK: CachePatience = {
  tries: 3,
  firstPauseMs: 5,
  longestPauseMs: 20,
  silenceMs: 30_000,
  headersMs: 30_000,
};

/** For servers that say nothing. */
export const IMPATIENT: CachePatience = { ...QUICK, silenceMs: 2_000 };

/** A file, a folder of files and what is made of both; the folder's task is the one that nobody needs to see. */
export const SHARED_CHAIN: readonly TaskSpec[] = [
  task("synthesize", {}, { outputs: ["audio"] }),
  task("index", {}, {
    inputs: { audio: { kind: "task", task: "synthesize", output: "audio" } },
  }),
  task("train", { index: "index" }),
  task("evaluate", { train: "train" }),
];

/** Bytes of the text of `index`, enough to be cut in two. */
const LONG = 200_000;

export const SHARED_STAGES: Readonly<Record<string, FakeStage>> = {
  synthesize: ({ request }) => {
    for (const word of ["yes", "no"]) {
      Deno.mkdirSync(`${request.outDir}/audio/${word}`, { recursive: true });
      for (const take of [0, 1]) {
        Deno.writeTextFileSync(`${request.outDir}/audio/${word}/${take}.wav`, `${word} ${take}`.repeat(500));
      }
    }
    return { kind: "done" };
  },
  index: (launch) => {
    const words = [...Deno.readDirSync(launch.request.inputs["audio"]!)].map(({ name }) => name).sort();
    writeOutput(launch, words.join().padEnd(LONG, "."));
    return { kind: "done" };
  },
};

export interface Outcome {
  readonly ran: readonly string[];
  readonly tally: Tally;
  readonly pushed: PushTally | undefined;
  /** What was warned of, since the machine is there. */
  readonly warnings: readonly string[];
  /** What tasks noted. */
  readonly notes: readonly string[];
}

export interface Machine {
  readonly warnings: readonly string[];
  store(): Store;
  run(options?: {
    readonly push?: boolean;
    readonly tasks?: readonly TaskSpec[];
    readonly stages?: Readonly<Record<string, FakeStage>>;
    readonly wanted?: readonly string[];
  }): Promise<Outcome>;
}

/** @param open Undefined: the machine has no cache but its own. */
export function machine(
  dir: TempDir,
  name: string,
  open: (() => Remote | Promise<Remote>) | undefined,
): Machine {
  const warnings: string[] = [];
  let cache: SharedCache | undefined;
  const storeOf = (put: boolean) =>
    openStore(`${dir.path}/${name}`, {
      onWarning: (message) => warnings.push(message),
      ...(open === undefined ? {} : {
        cache: (local, root) =>
          cache = new SharedCache({
            local,
            staging: `${root}/staging`,
            location: "the cache",
            open: async () => await open(),
            put,
            warn: (message) => warnings.push(message),
          }),
      }),
    });
  return {
    warnings,
    store: () => storeOf(false),
    async run({ push = false, tasks = SHARED_CHAIN, stages = {}, wanted = [] } = {}) {
      const opened = storeOf(push);
      using _use = opened.begin();
      const pusher = push ? new Pusher(opened, cache!, new Date()) : undefined;
      const runner = fakeRunner({ ...SHARED_STAGES, ...stages });
      const notes: string[] = [];
      await runGraph({
        graph: { tasks },
        store: opened,
        code: fakeCode(),
        runner,
        resources: { threads: 2, gpu: 0, jobs: 2 },
        wanted,
        onEvent: (event) => {
          if (event.type === "task-failed") throw new Error(event.failure.message);
          if (event.type === "task-note") notes.push(event.message);
          if (event.type === "task-done" || event.type === "task-fresh") pusher?.offer(event.key);
        },
      });
      const pushed = await pusher?.settle(new AbortController().signal);
      const tally = cache?.tally ?? { found: 0, brought: 0, broughtBytes: 0, refused: 0 };
      return { ran: runner.ran, tally, pushed, warnings, notes };
    },
  };
}

export const TOKEN = "a-token-of-a-test-0123456789";

export interface CacheServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  /** Method and path of each request. */
  readonly asked: readonly string[];
}

/** The server of `serve-cache` within the test's own process. */
export function cacheServer(dir: TempDir, options: { readonly write?: boolean } = {}): CacheServer {
  const folder = `${dir.path}/served`;
  Deno.mkdirSync(folder, { recursive: true });
  makeCacheFolder(folder);
  const asked: string[] = [];
  const request: CacheServerRequest = {
    host: "127.0.0.1",
    port: 0,
    folder,
    ...(options.write === false ? {} : { tokenSha256: sha256(TOKEN) }),
    mostBytes: 1e9,
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (one) => {
    asked.push(`${one.method} ${new URL(one.url).pathname}`);
    return answerCache(one, request);
  });
  const { port } = server.addr as Deno.NetAddr;
  let open = true;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    folder,
    asked,
    async [Symbol.asyncDispose]() {
      if (open) await server.shutdown();
      open = false;
    },
  };
}

/** A cache in a folder of the test's own. */
export function folderIn(dir: TempDir): () => Remote {
  const path = `${dir.path}/folder`;
  Deno.mkdirSync(path);
  return () => folderRemote(path);
}

/** All files of a folder, whatever their depth; links are not followed. */
export function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else if (isFile) yield `${folder}/${name}`;
  }
}
