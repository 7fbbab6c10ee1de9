/** Loads what parses a command line, as `pipeline/cli.ts` does. */
await import("../../../pipeline/cli.ts");
await import("../../../pipeline/commands/kws.ts");
Deno.exit(0);
