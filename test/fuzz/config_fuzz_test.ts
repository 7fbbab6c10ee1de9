import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import fc from "fast-check";
import type { Json } from "../../lib/base/json.ts";
import { canonicalJson } from "../../lib/base/json.ts";
import { openConf } from "../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../pipeline/config/override.ts";
import { expandSweep } from "../../pipeline/config/sweep.ts";
import { leaves, readYaml } from "../../pipeline/config/yaml_source.ts";
import { damagedText, fuzz, mustReadOrRefuse, RUNS } from "./fuzz.ts";

const folder = fromFileUrl(new URL("../../conf", import.meta.url));
const yamls = [...walk(folder)].map((path) => Deno.readTextFileSync(path));

fuzz(
  "readYaml() reads damaged configuration files or says what is wrong",
  damagedText(yamls),
  (text) =>
    mustReadOrRefuse(() => {
      const source = readYaml("conf/x.yaml", text);
      for (const [path] of leaves(source.values)) source.line(path);
    }),
);

const overrides = [
  "frontend.n_mels=40",
  "model=linear",
  "seed=0,1,2",
  "seed=range(0,3)",
  "dataset.targets=[yes,no]",
  "frontend.mask={start: 0, end: 60}",
  `root="a \\"quoted\\" path"`,
  "init_from=null",
];
fuzz(
  "parseOverride() reads damaged overrides or says which column",
  damagedText(overrides),
  (text) => mustReadOrRefuse(() => parseOverride(text)),
);

const value = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>(null, true, false, "", "yes"),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    fc.string({ unit: "grapheme", maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z_]\w{0,5}$/), tie("value"), { maxKeys: 3 }),
  ),
})).value;

fuzz("parseOverride() gives back what was written in its grammar", value, (wanted) => {
  const { values } = parseOverride(`key=${written(wanted)}`);
  assertEquals(values.map(canonicalJson), [canonicalJson(wanted)]);
});

const conf = openConf(folder);
// Each composes and checks a whole configuration.
fuzz(
  "expandSweep() checks any value of any key, or says what is wrong with it",
  fc.tuple(
    fc.constantFrom(
      "n_mels",
      "frontend.mask",
      "dataset",
      "model",
      "optim.model.lr",
      "trainer.epochs",
      "dataset.split",
      "seed",
      "x.y",
      "defaults",
    ),
    value,
  ),
  ([key, any]) => mustReadOrRefuse(() => expandSweep(conf, "kws", [parseOverride(`${key}=${written(any)}`)])),
  Math.ceil(RUNS / 5),
);

/** A value in the grammar of overrides; `__proto__` is a name like any other. */
function written(json: Json): string {
  if (typeof json === "string") return `"${json.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  if (json === null || typeof json !== "object") return JSON.stringify(json);
  if (Array.isArray(json)) return `[${json.map(written).join(",")}]`;
  return `{${Object.entries(json).map(([name, inner]) => `${name}: ${written(inner as Json)}`).join(", ")}}`;
}

function* walk(path: string): Generator<string> {
  for (const entry of Deno.readDirSync(path)) {
    if (entry.isDirectory) yield* walk(`${path}/${entry.name}`);
    else yield `${path}/${entry.name}`;
  }
}
