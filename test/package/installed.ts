/** The package, packed once for all tests of a file and installed into empty projects. */
import { fromFileUrl } from "@std/path";
import { pack } from "../../pipeline/pack/pack_io.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

let packed: Promise<string> | undefined;
/** What packing told of itself; nothing where a package was there. */
export const told: string[] = [];

/** Path of the package's file, made the first time; `PACKAGE=FILE` tries one that is there. */
export function packedFile(): Promise<string> {
  const given = Deno.env.get("PACKAGE");
  packed ??= given === undefined
    ? pack(ROOT, Deno.makeTempDirSync({ prefix: "packed-" }), (line) => void told.push(line))
    : Promise.resolve(given);
  return packed;
}

/** An empty project with the package, and nothing that it can do without. */
export async function projectWith(...args: readonly string[]): Promise<TempDir> {
  const folder = tempDir();
  folder.write("package.json", JSON.stringify({ name: "empty", private: true, type: "module" }));
  await run("npm", ["install", "--no-audit", "--no-fund", ...args, await packedFile()], folder.path);
  return folder;
}

/** @returns What it printed. @throws {Error} With that, if it failed. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", FORCE_COLOR: "0" },
  }).output();
  const decoder = new TextDecoder();
  const [output, errors] = [decoder.decode(stdout), decoder.decode(stderr)];
  if (!success) throw new Error(`${command} ${args.join(" ")} failed:\n${output}\n${errors}`);
  return output;
}

/** Bytes of a file after gzip, as servers send it. */
export async function zippedBytes(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const zipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(zipped).arrayBuffer()).byteLength;
}

/** Why packages cannot be had, or nothing. With `CI=true` that is a failure. */
export async function noRegistry(): Promise<string | undefined> {
  const { success } = await new Deno.Command("npm", {
    args: ["view", "@tensorflow/tfjs", "version"],
    env: { npm_config_fetch_timeout: "20000", npm_config_fetch_retries: "0" },
    stdout: "null",
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  if (success) return undefined;
  const reason = "npm cannot reach its registry";
  if (Deno.env.get("CI") === "true") throw new Error(`Packages cannot be installed: ${reason}`);
  return reason;
}
