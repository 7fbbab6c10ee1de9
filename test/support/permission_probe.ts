/** Takes a stage's place in its process, under its very permissions, and tries what it must not be able to do. */
import type { StageRequest } from "../../pipeline/engine/stage.ts";

/** What the probe is told besides the stage's request. */
export interface ProbeRequest extends StageRequest {
  /** Name -> path of files that exist. */
  readonly readable: Readonly<Record<string, string>>;
  /** Name -> path of files that could be written. */
  readonly writable: Readonly<Record<string, string>>;
  /** Name -> host and port where somebody listens. */
  readonly hosts: Readonly<Record<string, string>>;
}

async function attempts({ inputs, outDir, readable, writable, hosts }: ProbeRequest): Promise<string[]> {
  const allowed: string[] = [];
  const attempt = async (name: string, action: () => unknown): Promise<void> => {
    try {
      await action();
      allowed.push(name);
    } catch (error) {
      const { message } = error as Error;
      // What stops an import is worded the same but is a TypeError.
      const denied = error instanceof Deno.errors.NotCapable || /^Requires \w+ access to/.test(message);
      if (!denied) allowed.push(`${name}: ${message}`);
    }
  };
  for (const [name, path] of Object.entries(inputs)) {
    await attempt(`read input ${name}`, () => Deno.statSync(path));
  }
  await attempt("write the output folder", () => Deno.writeTextFileSync(`${outDir}/probe`, "x"));
  for (const [name, path] of Object.entries(inputs)) {
    await attempt(`write input ${name}`, () => Deno.writeTextFileSync(`${path}/probe`, "x"));
    await attempt(`remove input ${name}`, () => Deno.removeSync(path));
  }
  for (const [name, path] of Object.entries(readable)) {
    await attempt(`read ${name}`, () => Deno.statSync(path));
  }
  for (const [name, path] of Object.entries(writable)) {
    await attempt(`write ${name}`, () => Deno.writeTextFileSync(path, "x"));
  }
  await attempt(
    "link out of the folder",
    () => Deno.symlinkSync(Object.values(readable)[0]!, `${outDir}/link`),
  );
  for (const [name, host] of Object.entries(hosts)) {
    await attempt(`reach ${name}`, () => fetch(`http://${host}/`));
  }
  await attempt("run a program", () => new Deno.Command("true").outputSync());
  await attempt("run Deno with more rights", () => new Deno.Command(Deno.execPath()).outputSync());
  await attempt("see the environment", () => Deno.env.toObject());
  await attempt("see a variable", () => Deno.env.get("HOME"));
  await attempt("load a native library", () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}));
  await attempt("ask about the machine", () => Deno.hostname());
  await attempt("load code from outside", () => import(`file://${Object.values(readable)[0]}`));
  return allowed;
}

if (import.meta.main) {
  const request = JSON.parse(await new Response(Deno.stdin.readable).text());
  console.log(JSON.stringify(await attempts(request)));
}
