import { assertEquals } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { compareFingerprints, describeChange, firstReason } from "../../../pipeline/engine/explain.ts";
import { manifestOf } from "../../../pipeline/engine/fingerprint.ts";
import type { ContentDigest, Fingerprint, TaskKey } from "../../../pipeline/engine/types.ts";

const base: Fingerprint = {
  format: 1,
  stage: "train",
  code: manifestOf({
    files: { "lib/models/linear.ts": sha256("a"), "lib/x.ts": "1" },
    packages: { "zod@4.6.7": "i", "b@1": "j" },
    declarations: { "lib/models/linear.ts": { Linear: "1", helper: "2" } },
  }),
  slice: { trainer: { epochs: 10, betas: [0.9, 0.99] }, init: sha256("w") },
  inputs: { features: sha256("f") as ContentDigest },
};

const cases: readonly (readonly [string, Fingerprint, string])[] = [
  [
    "a number of the slice changed",
    { ...base, slice: { trainer: { epochs: 20, betas: [0.9, 0.99] }, init: sha256("w") } },
    "slice.trainer.epochs: 10 -> 20",
  ],
  [
    "a list changed",
    { ...base, slice: { trainer: { epochs: 10, betas: [0.9] }, init: sha256("w") } },
    "slice.trainer.betas: [0.9,0.99] -> [0.9]",
  ],
  [
    "a digest in the slice changed",
    { ...base, slice: { trainer: { epochs: 10, betas: [0.9, 0.99] }, init: sha256("v") } },
    `slice.init: ${sha256("w").slice(0, 8)} -> ${sha256("v").slice(0, 8)}`,
  ],
  [
    "a field came",
    { ...base, slice: { ...(base.slice as object), seed: 3 } },
    "slice.seed: (none) -> 3",
  ],
  [
    "an input changed",
    { ...base, inputs: { features: sha256("g") as ContentDigest } },
    "input features changed",
  ],
  [
    "an input came",
    { ...base, inputs: { ...base.inputs, index: sha256("i") as ContentDigest } },
    "input index added",
  ],
  [
    "a source changed",
    {
      ...base,
      code: manifestOf({ ...base.code, files: { ...base.code.files, "lib/models/linear.ts": sha256("b") } }),
    },
    "code: lib/models/linear.ts changed",
  ],
  [
    "a declaration changed",
    {
      ...base,
      code: manifestOf({
        ...base.code,
        files: { ...base.code.files, "lib/models/linear.ts": sha256("b") },
        declarations: { "lib/models/linear.ts": { Linear: "3", helper: "2" } },
      }),
    },
    "code: lib/models/linear.ts: Linear changed",
  ],
  [
    "a source is not used any more",
    { ...base, code: manifestOf({ ...base.code, files: { "lib/models/linear.ts": sha256("a") } }) },
    "code: lib/x.ts removed",
  ],
  [
    "a package has another version",
    { ...base, code: manifestOf({ ...base.code, packages: { "zod@4.7.0": "k", "b@1": "j" } }) },
    "package zod: 4.6.7 -> 4.7.0",
  ],
  [
    "a package has other bytes",
    { ...base, code: manifestOf({ ...base.code, packages: { "zod@4.6.7": "k", "b@1": "j" } }) },
    "package zod@4.6.7 changed",
  ],
  ["the format changed", { ...base, format: 2 }, "format: 1 -> 2"],
  ["nothing differs", structuredClone(base), "its stored result is missing or damaged"],
];

for (const [name, after, sentence] of cases) {
  Deno.test(`firstReason() is one short sentence when ${name}`, () => {
    const changes = compareFingerprints(base, after);
    const state = { kind: "stale", key: "k" as TaskKey, fingerprint: after, changes, forced: false } as const;
    assertEquals(firstReason(state), sentence);
  });
}

Deno.test("firstReason() tells tasks that never ran, are forced or wait", () => {
  const stale = {
    kind: "stale",
    key: "k" as TaskKey,
    fingerprint: base,
    changes: undefined,
    forced: false,
  } as const;
  assertEquals(firstReason(stale), "never ran");
  assertEquals(firstReason({ ...stale, changes: [], forced: true }), "forced");
  const pending = { kind: "pending", waitsFor: ["a", "b"], changes: undefined, forced: false } as const;
  assertEquals(firstReason(pending), "waits for a, b");
});

Deno.test("compareFingerprints() lists every field, configuration first, when several differ", () => {
  const after = {
    ...base,
    slice: { trainer: { epochs: 20, betas: [1] }, init: sha256("w") },
    code: manifestOf({ files: { "lib/x.ts": "2" }, packages: base.code.packages }),
  };
  assertEquals(compareFingerprints(base, after).map((change) => change.field), [
    "slice.trainer.betas",
    "slice.trainer.epochs",
    "code.files.lib/models/linear.ts",
    "code.files.lib/x.ts",
  ]);
});

Deno.test("compareFingerprints() lists every declaration that came, went or changed", () => {
  const code = manifestOf({
    ...base.code,
    files: { ...base.code.files, "lib/models/linear.ts": sha256("b") },
    declarations: { "lib/models/linear.ts": { Linear: "3", other: "4" } },
  });
  assertEquals(compareFingerprints(base, { ...base, code }).map(describeChange), [
    "code: lib/models/linear.ts: Linear changed",
    "code: lib/models/linear.ts: helper removed",
    "code: lib/models/linear.ts: other added",
  ]);
});

Deno.test("compareFingerprints() compares lists of objects item by item, of other lengths as a whole", () => {
  const chain = (...steps: string[]) => ({ ...base, slice: { steps: steps.map((step) => ({ step })) } });
  const reasons = (before: Fingerprint, after: Fingerprint) =>
    compareFingerprints(before, after).map(describeChange);
  assertEquals(reasons(chain("stft", "log"), chain("stft", "root")), [
    'slice.steps[1].step: "log" -> "root"',
  ]);
  const long = ["stft", "magnitude", "mel", "log"];
  const [reason] = reasons(chain(...long), chain(...long, "clip_mean"));
  assertEquals(
    reason,
    'slice.steps: ...,{"step":"log"}] -> ...,{"step":"log"},{"step":"clip_mean"}]',
  );
});

Deno.test("describeChange() cuts long values to where they begin to differ", () => {
  const text = describeChange({ field: "slice.words", before: "x".repeat(200), after: null });
  assertEquals(text.length < 90, true, text);
});
