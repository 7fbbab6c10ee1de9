/**
 * Compiles the kernels' AssemblyScript: `deno task kernels:build` writes two modules into `wasm/`, one for plain and
 * one for shared memory, and beside each `wasm.as.ts` a `compiled.ts` with the digest of what it compiles to alone. A
 * changed kernel so changes what uses it, and nothing else.
 */
import asc from "assemblyscript/asc";
import { sha256 } from "../../base/digest.ts";
import { stamped } from "../wasm/stamp.ts";
import { dotSource } from "./dot_source.ts";
import { fftSource } from "./fft_source.ts";
import { gemmSource } from "./gemm_source.ts";

const ENTRY = "kernels.ts";
/** What the wasm backend's memory starts with: offsets below it need no check when they are used. */
const PAGES_INITIAL = 256;
const PAGES_MAXIMUM = 65_536;
/** At -O3 loads of one step move among the multiplications of another, and vectors out of registers. */
const OPTIMIZATION = "-O2";
/** Code that units share: what it exports is no unit of its own. */
const SHARED_FOLDER = "build";

/** Path below a folder -> content. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer> | string>;

export interface Source {
  /** In `lib/kernels`. */
  readonly folder: string;
  readonly text: string;
}

/** All AssemblyScript there is. Sources share helpers without importing each other: they are compiled as one text. */
export async function readSources(): Promise<Source[]> {
  const kernels = new URL("../", import.meta.url);
  const found: Promise<Source>[] = [];
  for await (const { name: folder, isDirectory } of Deno.readDir(kernels)) {
    if (!isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(folder, kernels))) {
      if (!name.endsWith(".as.ts")) continue;
      found.push(Deno.readTextFile(new URL(`${folder}/${name}`, kernels)).then((text) => ({ folder, text })));
    }
  }
  const sources = await Promise.all(found);
  const order = (a: Source, b: Source) =>
    a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : a.text < b.text ? -1 : 1;
  const written = [gemmSource(), dotSource(), fftSource()].map((text) => ({ folder: SHARED_FOLDER, text }));
  return [...written, ...sources.sort(order)];
}

/** Folders with functions that are called from outside. */
export function unitsOf(sources: readonly Source[]): string[] {
  const folders = sources.filter(({ text }) => functionsOf(text).length > 0).map(({ folder }) => folder);
  return [...new Set(folders)].filter((folder) => folder !== SHARED_FOLDER);
}

/** SHA-256 of all sources compiled with one unit's functions exported: nothing but their code is left then. */
export async function unitDigest(sources: readonly Source[], unit: string): Promise<string> {
  const only = sources.map(({ folder, text }) =>
    folder === unit ? text : text.replaceAll(/^export (?=function)/gm, "")
  );
  return sha256(await compile(only, PLAIN));
}

/** The two modules. @param units Digest of each. */
export async function compileModules(
  sources: readonly Source[],
  units: ReadonlyMap<string, string>,
): Promise<Files> {
  const texts = sources.map(({ text }) => text);
  return new Map([
    ["wasm/kernels.wasm", await stamped(await compile(texts, PLAIN), units)],
    ["wasm/kernels_shared.wasm", await stamped(await compile(texts, SHARED), units)],
  ]);
}

/** Kernels that round twice in `x y + z`, for engines without relaxed SIMD. */
const SEPARATE = `// @ts-ignore: decorator
@inline
function separate4(x: v128, y: v128, z: v128): v128 {
  return f32x4.add(f32x4.mul(x, y), z);
}
// @ts-ignore: decorator
@inline
function separateNegated4(x: v128, y: v128, z: v128): v128 {
  return f32x4.sub(z, f32x4.mul(x, y));
}
`;
/** Relaxed -> what stands for it. */
const INSTEAD: readonly (readonly [string, string])[] = [
  ["f32x4.relaxed_madd(", "separate4("],
  ["f32x4.relaxed_nmadd(", "separateNegated4("],
  ["i32x4.relaxed_trunc_f32x4_s(", "i32x4.trunc_sat_f32x4_s("],
];

/**
 * A module of one thread for others to pack.
 * @param exported Its units; null: all. @param units Digest of each.
 * @param relaxed Whether it takes relaxed SIMD, which Safari and Node before version 22 have not; without, last digits
 *   may differ.
 */
export async function compileUnits(
  sources: readonly Source[],
  exported: readonly string[] | null,
  units: ReadonlyMap<string, string>,
  relaxed: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const texts = sources.map(({ folder, text }) =>
    exported === null || exported.includes(folder) ? text : text.replaceAll(/^export (?=function)/gm, "")
  );
  if (relaxed) return await stamped(await compile(texts, PLAIN), units);
  const separate = texts.map((text) => INSTEAD.reduce((left, [from, to]) => left.replaceAll(from, to), text));
  return await stamped(await compile([SEPARATE, ...separate], ["--enable", "simd,bulk-memory"]), units);
}

/** A unit's `compiled.ts`. */
export function compiledText(sources: readonly Source[], unit: string, digest: string): string {
  const functions = sources.filter(({ folder }) => folder === unit).flatMap(({ text }) => functionsOf(text));
  return `/** Written by \`deno task kernels:build\`: the functions of \`wasm.as.ts\`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "${unit}",
  digest: "${digest}",
  functions: [
${functions.map((name) => `    "${name}",\n`).join("")}  ],
});
`;
}

/** All that is written into `lib/kernels`. @throws {Error} With the compiler's messages. */
async function buildKernels(): Promise<Files> {
  const sources = await readSources();
  const digests = new Map<string, string>();
  for (const unit of unitsOf(sources)) digests.set(unit, await unitDigest(sources, unit));
  return new Map([
    ...await compileModules(sources, digests),
    ...[...digests].map(([unit, digest]) =>
      [`${unit}/compiled.ts`, compiledText(sources, unit, digest)] as const
    ),
  ]);
}

function functionsOf(text: string): string[] {
  return [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!);
}

const PLAIN = ["--enable", "simd,relaxed-simd,bulk-memory"];
const SHARED = [
  ...["--enable", "simd,relaxed-simd,bulk-memory,threads"],
  ...["--sharedMemory", "--maximumMemory", String(PAGES_MAXIMUM)],
];

/** @throws {Error} With the compiler's messages, or if a module would overwrite memory when it starts. */
async function compile(
  texts: readonly string[],
  features: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const source = texts.join("\n");
  const written = new Map<string, string | Uint8Array>();
  // deno-fmt-ignore
  const options = [
    ENTRY, "--outFile", "out.wasm", "--textFile", "out.wat", OPTIMIZATION, "--noAssert", "--runtime", "stub",
    "--importMemory", "--initialMemory", String(PAGES_INITIAL), "--use", "abort=", ...features,
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

if (import.meta.main) {
  for (const [path, content] of await buildKernels()) {
    const file = new URL(`../${path}`, import.meta.url);
    if (typeof content === "string") await Deno.writeTextFile(file, content);
    else await Deno.writeFile(file, content);
  }
}
