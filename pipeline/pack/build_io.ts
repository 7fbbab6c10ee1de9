/** What is in the package: scripts that need no bundler, their types, and texts. */
import * as zod from "zod";
import { compileUnits, readSources } from "../../lib/kernels/build/build_io.ts";
import { openStamped } from "../../lib/kernels/wasm/stamp.ts";
import { removeTree } from "../engine/store/atomic_io.ts";
import { bundle, type Bundling, left, original } from "./bundle_io.ts";
import { withDeclarations } from "./declarations.ts";
import { PARTS } from "./parts.ts";

/** TensorFlow.js is its user's. */
const WASM_BACKEND = "@tensorflow/tfjs-backend-wasm";
const USERS = ["@tensorflow/tfjs", WASM_BACKEND, "@tensorflow/tfjs-backend-webgpu"];

/** Kernels that streams are computed with. */
const STREAM_UNITS = ["incremental", "pooled_filters", "spectrum"];

/** Packages whose code is in the scripts, with where their licences are. */
const WITHIN = ["zod", "@noble/hashes/sha2.js"] as const;

/** What a page that only listens downloads. */
const LISTENING = ["spotter.js", "assets.js", "capture.js"] as const;

const encoder = new TextEncoder();

/** What is made, one after the other. */
export const STEPS = [
  "the microphone's worklet",
  "the kernels of pages that listen",
  "all kernels",
  "the spotter",
  "the web component",
  "layers and training",
  "types and texts",
] as const;

export type Step = typeof STEPS[number];

/** @param root Of the project. @param begin Told each of {@link STEPS} before it is made. @returns Path in the package -> content, `package.json` aside. */
export async function buildPackage(
  root: string,
  begin: (step: Step) => void,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const scratch = Deno.makeTempDirSync({ prefix: "pack-" });
  try {
    const files = new Map<string, Uint8Array>();
    const put = (name: string, content: string | Uint8Array) =>
      files.set(name, typeof content === "string" ? encoder.encode(content) : content);
    const write = (name: string, text: string) => {
      Deno.writeTextFileSync(`${scratch}/${name}`, text);
      return `${scratch}/${name}`;
    };
    const script = async (module: string, bundling: Omit<Bundling, "root" | "scratch">) => {
      const target = `${scratch}/made.js`;
      await bundle(module, target, { root, scratch, ...bundling });
      return withNames(Deno.readTextFileSync(target));
    };

    begin("the microphone's worklet");
    const capture = await script("lib/live/capture_worklet.ts", { instead: {}, external: [] });
    put("dist/capture.js", worklet(capture, Deno.readTextFileSync(`${root}/LICENSE`)));
    begin("the kernels of pages that listen");
    const kernels = Deno.readFileSync(`${root}/lib/kernels/wasm/kernels.wasm`);
    const { units } = await openStamped(kernels);
    const sources = await readSources();
    const text = async (exported: readonly string[] | null, relaxed: boolean) =>
      (await compileUnits(sources, exported, units, relaxed)).toBase64();
    put("dist/assets.js", assets(await text(STREAM_UNITS, true), await text(STREAM_UNITS, false), capture));
    begin("all kernels");
    put("dist/kernels.js", kernelsModule(kernels.toBase64(), await text(null, false)));

    const common = {
      zod: write("zod.ts", schemas(root)),
      "lib/audio/flac.ts": write("flac.ts", NO_FLAC.replace("ROOT", root)),
      "lib/audio/compressed.ts": write("compressed.ts", NO_COMPRESSED.replace("ROOT", root)),
    };
    const listening = {
      instead: {
        ...common,
        "@tensorflow/tfjs": `${root}/lib/package/plain_tensors.ts`,
        "lib/package/assets_io.ts": write("assets.ts", `export * from ${JSON.stringify(left("assets"))};\n`),
        "lib/package/tensor_listener_io.ts": write("tensors.ts", LATER),
      },
      external: [],
    };
    begin("the spotter");
    put("dist/spotter.js", await script("lib/package/spotter_io.ts", listening));
    const element = {
      "lib/package/spotter_io.ts": write("spotter.ts", `export * from ${JSON.stringify(left("spotter"))};\n`),
    };
    begin("the web component");
    put("dist/element.js", await script("lib/package/element_io.ts", { instead: element, external: [] }));
    const computing = {
      instead: {
        ...common,
        "lib/package/assets_io.ts": write(
          "kernels.ts",
          `export * from ${JSON.stringify(left("kernels"))};\n`,
        ),
        "lib/package/backend_files_io.ts": `${root}/lib/package/packaged_files_io.ts`,
      },
      external: USERS,
    };
    begin("layers and training");
    put("dist/tensors.js", await script("lib/package/tensors_io.ts", computing));
    for (const [name, exported] of Object.entries(PARTS)) {
      put(`dist/${name}.js`, `export { ${exported.join(", ")} } from "./tensors.js";\n`);
    }
    begin("types and texts");
    const simd = "tfjs-backend-wasm-simd.wasm";
    put(
      `dist/${simd}`,
      Deno.readFileSync(new URL(simd, import.meta.resolve(WASM_BACKEND))),
    );
    for (const name of ["spotter", "element", "layers", "train"]) {
      const types = withDeclarations(
        Deno.readTextFileSync(`${root}/pipeline/pack/types/${name}.d.ts`),
        (module) => Deno.readTextFileSync(`${root}/${module}`),
      );
      put(`dist/${name}.d.ts`, types.replaceAll(/"\.\/(\w+)\.d\.ts"/g, '"./$1.js"')); // the script's name, as users write
    }
    let bytes = 0;
    for (const name of LISTENING) bytes += await zippedBytes(files.get(`dist/${name}`)!);
    const readme = Deno.readTextFileSync(`${root}/lib/package/README.md`);
    put("README.md", readme.replace("SIZE kB", `${Math.ceil(bytes / 1000)} kB`));
    put("LICENSE", Deno.readFileSync(`${root}/LICENSE`));
    put("NOTICES.md", notices());
    return files;
  } finally {
    removeTree(scratch);
  }
}

async function zippedBytes(bytes: Uint8Array): Promise<number> {
  const body = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return (await new Response(body).arrayBuffer()).byteLength;
}

/** What needs tensors is another script, loaded when a model needs it. */
const LATER = `export const tensorListener = async (...order: unknown[]) =>
  (await import(${JSON.stringify(left("tensors"))})).tensorListener(...order);
`;

/** The decoder of FLAC is as large as all else: browsers have one of their own. */
const NO_FLAC = `import { UserError } from "file://ROOT/lib/base/errors.ts";
export function flacRecording(_bytes: Uint8Array, name: string): never {
  throw new UserError("bad-audio", \`Cannot read \${name}: it is FLAC, wanted WAVE. Convert it: flac -d \${name}\`);
}
`;

/** Nor are those of MP3 and Ogg Vorbis in it. */
const NO_COMPRESSED = `import { UserError } from "file://ROOT/lib/base/errors.ts";
export function compressedRecording(_bytes: Uint8Array, _format: string, name: string): never {
  throw new UserError(
    "bad-audio",
    \`Cannot read \${name}: it is MP3 or Ogg Vorbis, wanted WAVE. Convert it: ffmpeg -i \${name} OUT.wav\`,
  );
}
`;

/** Other scripts of the package, by the names that they have in it. */
function withNames(script: string): string {
  return script.replaceAll(new RegExp(`${left("")}(\\w+)`, "g"), "./$1.js");
}

/**
 * The functions of zod that schemas here are made with, and no others: bundled as it is imported, it brings fifty
 * languages. Without its compiler, which makes functions of text, as content security policies forbid.
 */
function schemas(root: string): string {
  const used = new Set<string>();
  for (const path of modules(`${root}/lib`)) {
    for (const [, name] of Deno.readTextFileSync(path).matchAll(/\bz\.(\w+)/g)) {
      if (typeof (zod as Readonly<Record<string, unknown>>)[name!] === "function") used.add(name!);
    }
  }
  const names = [...used].sort();
  const own = (name: string) => `own_${name}`;
  const packaged = JSON.stringify(original("zod"));
  return `import { config, ${names.map((name) => `${name} as ${own(name)}`).join(", ")} } from ${packaged};
import { en } from ${JSON.stringify(`${packageOf("zod")}/v4/locales`)};
config({ ...en(), jitless: true });
export const z = { ${names.map((name) => `${name}: ${own(name)}`).join(", ")} };
`;
}

/** \`npm:name@version\` of an import. */
function packageOf(name: string): string {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url))) as {
    imports: Record<string, string>;
  };
  return imports[name]!;
}

function* modules(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* modules(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

/** The kernels as text in a module: no bundler loses them, and no server gives them a wrong type. */
function kernelsModule(relaxed: string, separate: string): string {
  return `const RELAXED = ${JSON.stringify(relaxed)};
const SEPARATE = ${JSON.stringify(separate)};
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
export async function kernels() {
  const relaxed = bytes(RELAXED);
  return WebAssembly.validate(relaxed) ? relaxed : bytes(SEPARATE);
}
`;
}

function assets(relaxed: string, separate: string, capture: string): string {
  return `${kernelsModule(relaxed, separate)}export const worklet = {
  address: new URL("./capture.js", import.meta.url),
  text: ${JSON.stringify(capture)},
};
`;
}

/** Bundlers write smaller files than this into others, as addresses of data that content security policies forbid. */
const SMALLEST_FILE_BYTES = 4096;

function worklet(script: string, licence: string): string {
  const head =
    `/*!\n${licence.trim()}\n\nBundlers keep a file of this size as a file: content security policies that allow\n` +
    `a page's own scripts forbid addresses of data, which smaller ones become.\n`;
  const missing = SMALLEST_FILE_BYTES + 1 - head.length - script.length;
  return `${head}${" ".repeat(Math.max(0, missing))}\n*/\n${script}`;
}

/** Licences of what is in the scripts. */
function notices(): string {
  const texts = WITHIN.map((name) => {
    const licence = new URL(licenceFrom(name), import.meta.resolve(name));
    return `## ${packageOf(name).replace(/^npm:/, "").replace(/(@[\d.]+).*$/, "$1")}\n\n${
      Deno.readTextFileSync(licence).trim()
    }\n`;
  });
  return `# Licences of code in this package\n\nThe package's own code is under LICENSE.\n\n${
    texts.join("\n")
  }`;
}

/** Both have their module beside the licence. */
function licenceFrom(_name: string): string {
  return "./LICENSE";
}
