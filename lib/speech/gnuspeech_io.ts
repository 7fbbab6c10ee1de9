/** GnuSpeech (articulatory synthesis), from the npm package `@echogarden/gnuspeech-wasm`. */
import { decodeWav } from "../audio/wav.ts";
import { GNUSPEECH_VARIANTS } from "./catalogue.ts";
import { type EngineVoice, type SpeechEngine, type SynthesizedSpeech, unknownVariant } from "./engine.ts";
import { takeMemoryImage } from "./memory_image.ts";

const VARIANTS = GNUSPEECH_VARIANTS.map(({ variant }) => variant);
const DATA = "/data/en";
const CONTROL = `${DATA}/trm_control_model.txt`;
const DICTIONARY = `${DATA}/MainDictionary.txt`;
const OUTPUT = "/out.wav";
/** `pitch_offset` in the package's own configuration, in semitones. */
const NORMAL_PITCH_OFFSET = -4;

interface GnuspeechModule {
  readonly FS: {
    readFile(path: string, options: { readonly encoding: "utf8" }): string;
    readFile(path: string): Uint8Array;
    writeFile(path: string, text: string): void;
  };
  _malloc(bytes: number): number;
  _GnuSpeech_synthesizeToFile(
    text: number,
    output: number,
    data: number,
    parameters: number,
    debug: number,
  ): number;
}

type ImportTable = Record<string, WebAssembly.ImportValue>;
type GnuspeechFactory = (options: {
  readonly print: () => void;
  readonly printErr: () => void;
  readonly instantiateWasm: (
    imports: Record<string, ImportTable>,
    ready: (instance: WebAssembly.Instance) => WebAssembly.Exports,
  ) => WebAssembly.Exports;
}) => Promise<GnuspeechModule>;

/** Loads GnuSpeech; the program is read from the package's folder. */
export async function openGnuspeech(): Promise<SpeechEngine> {
  const program = await WebAssembly.compile(
    await Deno.readFile(new URL(import.meta.resolve("@echogarden/gnuspeech-wasm/wasm/gnuspeech.wasm"))),
  );
  const { default: factory } = await import("@echogarden/gnuspeech-wasm/wasm/gnuspeech.js") as unknown as {
    readonly default: GnuspeechFactory;
  };
  let memory = new WebAssembly.Memory({ initial: 0 });
  const module = await factory({
    print: () => {},
    printErr: () => {},
    instantiateWasm(imports, ready) {
      fixRandomBytes(imports, () => memory);
      const instance = new WebAssembly.Instance(program, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory)!;
      return ready(instance);
    },
  });
  const bytes = () => new Uint8Array(memory.buffer);
  const reset = takeMemoryImage(bytes);
  const dictionary = module.FS.readFile(DICTIONARY, { encoding: "utf8" });
  const control = module.FS.readFile(CONTROL, { encoding: "utf8" });
  const entries = dictionaryEntries(dictionary);
  return {
    name: "gnuspeech",
    synthesize(text, voice) {
      if (!VARIANTS.includes(voice.variant)) throw unknownVariant("gnuspeech", voice.variant, VARIANTS);
      reset();
      module.FS.writeFile(DICTIONARY, dictionaryFor(text, entries) ?? dictionary);
      module.FS.writeFile(CONTROL, controlFor(control, voice));
      return speak(module, bytes, text);
    },
  };
}

function speak(module: GnuspeechModule, bytes: () => Uint8Array, text: string): SynthesizedSpeech {
  const [line, output, data, parameters] = [text, OUTPUT, DATA, "/parameters.txt"].map((value) => {
    const encoded = new TextEncoder().encode(`${value}\0`);
    const at = module._malloc(encoded.length);
    bytes().set(encoded, at);
    return at;
  });
  module._GnuSpeech_synthesizeToFile(line!, output!, data!, parameters!, 0);
  return decodeWav(module.FS.readFile(OUTPUT), "gnuspeech's output");
}

/** Its intonation starts from a random seed of the system: hand out the same bytes each time. */
function fixRandomBytes(imports: Record<string, ImportTable>, memory: () => WebAssembly.Memory): void {
  for (const table of Object.values(imports)) {
    for (const [key, value] of Object.entries(table)) {
      if (typeof value !== "function" || value.name !== "_random_get") continue;
      table[key] = (at: number, count: number) => {
        new Uint8Array(memory().buffer, at, count).fill(1);
        return 0;
      };
      return;
    }
  }
  throw new Error("Cannot make GnuSpeech deterministic: its program imports no function _random_get");
}

function dictionaryEntries(dictionary: string): ReadonlyMap<string, string> {
  return new Map(dictionary.split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line]));
}

/**
 * The dictionary lines of the text's words, or undefined if it lacks one: then GnuSpeech needs the whole dictionary to
 * look for stems. Reading 2 MB for each word would take five times as long as speaking it.
 */
function dictionaryFor(text: string, entries: ReadonlyMap<string, string>): string | undefined {
  const lines = text.toLowerCase().split(/[^a-z']+/).filter((word) => word !== "").map((word) =>
    entries.get(word)
  );
  return lines.some((line) => line === undefined) ? undefined : `${lines.join("\n")}\n`;
}

function controlFor(control: string, voice: EngineVoice): string {
  return control
    .replace(/^voice_name = .*$/m, `voice_name = ${voice.variant}`)
    .replace(/^tempo = .*$/m, `tempo = ${voice.speed.toFixed(4)}`)
    .replace(/^pitch_offset = .*$/m, `pitch_offset = ${(NORMAL_PITCH_OFFSET + voice.semitones).toFixed(4)}`);
}
