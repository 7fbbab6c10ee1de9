/**
 * Compiles the AssemblyScript kernels: `deno task kernels:build` writes two modules beside this file, one for plain
 * and one for shared memory, and `modules.ts` with their digests, so that a changed kernel changes what depends on it.
 */
import asc from "assemblyscript/asc";
import { sha256 } from "../../base/digest.ts";
import { gemmSource } from "./gemm_source.ts";

const SOURCES = new URL("../assembly/", import.meta.url);
const ENTRY = "kernels.ts";
/** What the wasm backend's memory starts with: offsets below it need no check when they are used. */
const PAGES_INITIAL = 256;
const PAGES_MAXIMUM = 65_536;
/** At -O3 loads of one step move among the multiplications of another, and vectors out of registers. */
const OPTIMIZATION = "-O2";

export interface CompiledKernels {
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly shared: Uint8Array<ArrayBuffer>;
}

/** @throws {Error} With the compiler's messages, or if a module would overwrite memory when it starts. */
export async function compileKernels(): Promise<CompiledKernels> {
  const source = await sourceText();
  return {
    plain: await compile(source, ["simd", "relaxed-simd", "bulk-memory"], []),
    shared: await compile(source, ["simd", "relaxed-simd", "bulk-memory", "threads"], [
      "--sharedMemory",
      "--maximumMemory",
      String(PAGES_MAXIMUM),
    ]),
  };
}

/** Writes `kernels.wasm`, `kernels_shared.wasm` and `modules.ts` into a folder. */
export async function writeKernels(folder: URL): Promise<void> {
  const { plain, shared } = await compileKernels();
  await Deno.writeFile(new URL("kernels.wasm", folder), plain);
  await Deno.writeFile(new URL("kernels_shared.wasm", folder), shared);
  await Deno.writeTextFile(
    new URL("modules.ts", folder),
    `/** Written by \`deno task kernels:build\`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "${sha256(plain)}",
  shared: "${sha256(shared)}",
} as const;
`,
  );
}

async function compile(
  source: string,
  features: readonly string[],
  more: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const written = new Map<string, string | Uint8Array>();
  // deno-fmt-ignore
  const options = [
    ENTRY, "--outFile", "out.wasm", "--textFile", "out.wat", OPTIMIZATION, "--noAssert", "--runtime", "stub",
    "--importMemory", "--initialMemory", String(PAGES_INITIAL), "--use", "abort=", "--enable", features.join(","),
    ...more,
  ];
  const { error, stderr } = await asc.main(options, {
    readFile: (name: string) => name === ENTRY ? source : null,
    writeFile: (name: string, content: string | Uint8Array) => void written.set(name, content),
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`The kernels do not compile:\n${stderr.toString()}`, { cause: error });
  if (/\(data /.test(written.get("out.wat") as string)) {
    throw new Error("The kernel module has a data segment: it would overwrite memory that belongs to others");
  }
  return new Uint8Array(written.get("out.wasm") as Uint8Array);
}

/** All sources as one text: they share helpers without importing each other. */
async function sourceText(): Promise<string> {
  const names = [];
  for await (const entry of Deno.readDir(SOURCES)) names.push(entry.name);
  const texts = names.sort().map((name) => Deno.readTextFile(new URL(name, SOURCES)));
  return [gemmSource(), ...await Promise.all(texts)].join("\n");
}

if (import.meta.main) await writeKernels(new URL("./", import.meta.url));
