/** Loads what a command loads that runs a graph. */
await import("../../../pipeline/cli.ts");
await import("../../../pipeline/commands/kws.ts");
await import("../../../pipeline/commands/shared/run_request_io.ts");
Deno.exit(0);
