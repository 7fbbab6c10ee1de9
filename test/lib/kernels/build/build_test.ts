/** The committed modules and digests are what the sources give. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  compiledText,
  compileModules,
  readSources,
  type Source,
  unitDigest,
  unitsOf,
} from "../../../../lib/kernels/build/build_io.ts";
import { openStamped } from "../../../../lib/kernels/wasm/stamp.ts";

const KERNELS = new URL("../../../../lib/kernels/", import.meta.url);
const MODULES = ["wasm/kernels.wasm", "wasm/kernels_shared.wasm"];

const sources = await readSources();
const read = (path: string) => Deno.readFile(new URL(path, KERNELS));
const { units } = await openStamped(await read(MODULES[0]!));

Deno.test("the committed modules are what the sources compile to, byte for byte", async () => {
  assertEquals([...units.keys()], unitsOf(sources));
  for (const [path, built] of await compileModules(sources, units)) {
    const committed = await read(path);
    assertEquals(built.length, committed.length, path);
    assert(committed.every((byte, i) => byte === built[i]), `${path} differs`);
  }
});

Deno.test("each unit's compiled.ts names its functions, and the digest that the modules have", async () => {
  for (const [unit, digest] of units) {
    const committed = await Deno.readTextFile(new URL(`${unit}/compiled.ts`, KERNELS));
    assertEquals(compiledText(sources, unit, digest), committed);
  }
});

// The others' digests are compiled in the slow tests: a build writes all of them at once, with the modules.
Deno.test("the digest of a unit is that of its own code: another's change leaves it", async () => {
  const changed = sources.map((source): Source =>
    source.folder === "ctc_loss" ? { ...source, text: source.text.replace("-1e30", "-2e30") } : source
  );
  assertNotEquals(changed.map(({ text }) => text), sources.map(({ text }) => text));
  assertEquals(await unitDigest(changed, "softmax_cross_entropy"), units.get("softmax_cross_entropy"));
  assertNotEquals(await unitDigest(changed, "ctc_loss"), units.get("ctc_loss"));
});

Deno.test("the compiled modules import nothing but memory", async () => {
  for (const path of MODULES) {
    const { module } = await openStamped(await read(path));
    assertEquals(WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`), ["env.memory"]);
  }
});
