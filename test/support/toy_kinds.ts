/** A kind of each family that exists only in tests: its folder, its values, and what it is called when typed. */
import type { ProjectCopy } from "./project.ts";

export interface ToyKind {
  readonly family: string;
  /** The family's `kinds.ts`. */
  readonly list: string;
  /** What the list is called. */
  readonly name: string;
  /** `kind.ts` of the kind's folder, which stands beside the list. */
  readonly kind: string;
  /** Group of the configuration with its values. */
  readonly group: string;
  /** Besides `kind: toy`. */
  readonly values: string;
}

/** Each is one of the family's own kinds with another name and one value more. */
export const TOY_KINDS: readonly ToyKind[] = [
  {
    family: "front-end",
    list: "lib/frontends/kinds.ts",
    name: "FRONTENDS",
    kind: `
import { z } from "zod";
import { kind as nnaudio } from "../nnaudio/kind.ts";
const extended = nnaudio.schema.extend({ kind: z.literal("toy"), louder: z.number() });
const plain = ({ louder, ...config }) => ({ ...config, kind: "nnaudio" });
export const kind = {
  ...nnaudio,
  schema: extended,
  check: (config, context) => nnaudio.check(plain(config), context),
  steps: (config, context) => nnaudio.steps(plain(config), context),
  variant: (config) => nnaudio.variant(plain(config)),
};
`,
    group: "frontend",
    values: `
n_fft: 480
hop_samples: 160
n_mels: 10
f_min_hz: 0
f_max_hz: 8000
power_epsilon: original
power: 2
mask: null
random_mel: false
normalise: batch
louder: 2
`,
  },
  {
    family: "compression",
    list: "lib/frontends/compressions/kinds.ts",
    name: "COMPRESSIONS",
    kind: `
import { z } from "zod";
import { kind as log } from "../log/kind.ts";
export const kind = {
  ...log,
  group: z.strictObject({ kind: z.literal("toy"), offset: z.number() }),
  schema: log.schema.extend({ step: z.literal("toy") }),
};
`,
    group: "compression",
    values: "\noffset: 0.001\n",
  },
  {
    family: "model",
    list: "lib/models/kinds.ts",
    name: "MODELS",
    kind: `
import { z } from "zod";
import { kind as linear } from "../linear/kind.ts";
export const kind = { ...linear, schema: z.strictObject({ kind: z.literal("toy"), wider: z.boolean() }) };
`,
    group: "model",
    values: "\nwider: true\n",
  },
  {
    family: "augmentation",
    list: "lib/augment/kinds.ts",
    name: "AUGMENTATIONS",
    kind: `
import { z } from "zod";
export const kind = {
  schema: z.strictObject({ kind: z.literal("toy"), gain: z.number() }),
  check: () => [],
  changes: () => "waves",
  load: () => Promise.resolve({
    augment: ({ gain }, example, _rate, rng) => ({
      ...example,
      values: example.values.map((value) => value * rng.uniform(1 / gain, gain)),
    }),
  }),
};
`,
    group: "augment",
    values: "\ngain: 2\n",
  },
  {
    family: "executor",
    list: "pipeline/executors/kinds.ts",
    name: "EXECUTORS",
    kind: `
import { z } from "zod";
import { kind as local } from "../local/kind.ts";
export const kind = { ...local, schema: z.strictObject({ kind: z.literal("toy"), politely: z.boolean() }) };
`,
    group: "executor",
    values: "\npolitely: true\n",
  },
];

/** Writes the kind's folder and values, and the one line of its family's list. */
export function addToyKind(project: ProjectCopy, { list, kind, group, values }: ToyKind): void {
  const folder = `${project.root}/${list.replace(/\/kinds\.ts$/, "")}/toy`;
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${folder}/kind.ts`, kind);
  const conf = `${project.root}/conf/${group}`;
  Deno.mkdirSync(conf, { recursive: true });
  Deno.writeTextFileSync(`${conf}/toy.yaml`, `# A toy.\nkind: toy${values}`);
  project.edit(list, (text) => text.replace(/^\}/m, '  toy: () => import("./toy/kind.ts"),\n}'));
}
