/** The package's types say what its modules have: checked by the compiler where this file is checked, names also here. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import type * as layers from "../../lib/package/layers.ts";
import type * as spotter from "../../lib/package/spotter_io.ts";
import type * as tensors from "../../lib/package/tensors_io.ts";
import type * as saidLayers from "../../pipeline/pack/types/layers.d.ts";
import type * as saidSpotter from "../../pipeline/pack/types/spotter.d.ts";
import type * as saidTrain from "../../pipeline/pack/types/train.d.ts";
import { withDeclarations } from "../../pipeline/pack/declarations.ts";
import { PARTS } from "../../pipeline/pack/parts.ts";

/** Fails to compile unless the first can stand wherever the second is wanted. */
type Fits<Given extends Wanted, Wanted> = [Given, Wanted];
/** What users may hand in is taken, and what they get is what was said. */
export type Checked = [
  Fits<spotter.KeywordSpotter, saidSpotter.KeywordSpotter>,
  Fits<typeof tensors.makeFrontend, typeof saidLayers.makeFrontend>,
  Fits<saidLayers.FrontEndArgs, layers.FrontEndArgs>,
  Fits<saidLayers.SpeechModelArgs, layers.SpeechModelArgs>,
  Fits<typeof layers.registerLayers, typeof saidLayers.registerLayers>,
  Fits<typeof tensors.openTensors, typeof saidLayers.openTensors>,
  Fits<typeof tensors.createClassifier, typeof saidTrain.createClassifier>,
  Fits<typeof tensors.KINDS, typeof saidTrain.KINDS>,
  Fits<typeof tensors.openRecording, typeof saidTrain.openRecording>,
  Fits<typeof tensors.encodeWav16, typeof saidTrain.encodeWav16>,
  Fits<typeof tensors.resample, typeof saidTrain.resample>,
  Fits<typeof tensors.transformWave, typeof saidTrain.transformWave>,
  Fits<typeof tensors.readCheckpoint, typeof saidTrain.readCheckpoint>,
  Fits<typeof tensors.openRecogniser, typeof saidTrain.openRecogniser>,
];

for (const [name, exported] of Object.entries(PARTS)) {
  Deno.test(`the types of ${name} name what ${name} exports`, () => {
    const text = Deno.readTextFileSync(new URL(`../../pipeline/pack/types/${name}.d.ts`, import.meta.url));
    const declared = [...text.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, own]) => own!);
    const passed = [...text.matchAll(/^export \{ ([^}]+) \}/gm)].flatMap(([, names]) => names!.split(", "));
    assertEquals([...declared, ...passed].sort(), [...exported].sort());
  });
}

Deno.test("types that modules declare are in the package as they are declared there", () => {
  const read = (module: string) => Deno.readTextFileSync(new URL(`../../${module}`, import.meta.url));
  const made = (name: string) => withDeclarations(read(`pipeline/pack/types/${name}.d.ts`), read);
  for (const name of Object.keys(PARTS)) assertEquals(/"[^"]*lib\//.exec(made(name)), null, name);
  for (const name of ["Keyword", "ListenOptions", "SoundSource", "MicrophoneState", "ModelSource"]) {
    assertMatch(made("spotter"), new RegExp(String.raw`\*/\nexport (interface|type) ${name} `), name);
  }
  assertMatch(
    made("train"),
    /\/\*\* How an epoch went. \*\/\nexport interface EpochFigures \{\n[^}]+readonly epoch: number;/,
  );
  const own =
    'import type { Toy } from "../../../lib/toy.ts";\nexport type { Toy };\n\ndeclare const toy: Toy;\n';
  const toys =
    "/** Another. */\nexport interface ToyBox {}\n/** A toy. */\nexport interface Toy {\n  a: { b: 1 };\n}\n";
  assertEquals(
    withDeclarations(own, () => toys),
    "/** A toy. */\nexport interface Toy {\n  a: { b: 1 };\n}\n\ndeclare const toy: Toy;\n",
  );
  assertThrows(
    () => withDeclarations(own, () => "interface Toy {}"),
    Error,
    "lib/toy.ts exports no interface or type Toy",
  );
});
