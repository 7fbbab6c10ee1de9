/** Opens engines by name, each at most once. */
import type { EngineName, SpeechEngine } from "./engine.ts";
import { openEspeak } from "./espeak_io.ts";
import { openFlite } from "./flite_io.ts";
import { openGnuspeech } from "./gnuspeech_io.ts";

/** Loads the named engines; loading takes about a tenth of a second each. */
export async function openEngines(
  names: Iterable<EngineName>,
): Promise<ReadonlyMap<EngineName, SpeechEngine>> {
  const engines = new Map<EngineName, SpeechEngine>();
  for (const name of new Set(names)) engines.set(name, await openEngine(name));
  return engines;
}

function openEngine(name: EngineName): Promise<SpeechEngine> {
  switch (name) {
    case "espeak":
      return openEspeak();
    case "flite":
      return openFlite();
    case "gnuspeech":
      return openGnuspeech();
    default:
      name satisfies never;
      throw new Error(`No engine is called ${name}`);
  }
}
