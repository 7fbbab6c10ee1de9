/** Answers a request for runs at once, and loads what it takes after that. */
import { tell } from "../../reporters/print_io.ts";
import type { ExecutionFlags } from "./flags.ts";
import type { Request } from "./request.ts";

/** @returns The process's exit status: see `runRequest`. */
export async function begin(request: Request & ExecutionFlags): Promise<number> {
  // Code, configuration and plan take longer than a reader waits without wondering.
  if (!request.json && !request.dryRun && !request.printConfig) tell("Looking at what is done already.");
  return (await import("./run_request_io.ts")).runRequest(request);
}
