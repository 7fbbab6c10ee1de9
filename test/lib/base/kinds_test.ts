import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { type KindList, loadKind } from "../../../lib/base/kinds.ts";

const SHAPES: KindList<string> = {
  round: () => Promise.resolve({ kind: "a circle" }),
  moved: () => import(`./${"nowhere"}/kind.ts`),
  nameless: () => Promise.resolve({}) as unknown as Promise<{ kind: string }>,
  broken: () => Promise.reject(new RangeError("too round")),
};

Deno.test("loadKind() loads what a family lists", async () => {
  assertEquals(await loadKind(SHAPES, "round", "shape"), "a circle");
});

Deno.test("loadKind() says what is wrong with a name, a line or a module", async () => {
  for (
    const [name, sentence] of [
      ["rond", 'Cannot use the shape "rond": there is round, moved, nameless, broken. Did you mean "round"?'],
      ["toString", 'Cannot use the shape "toString": there is round'],
      ["moved", 'Cannot use the shape "moved": Module not found'],
      ["nameless", 'Cannot use the shape "nameless": its module exports nothing called kind.'],
    ] as const
  ) {
    await assertRejects(() => loadKind(SHAPES, name, "shape"), UserError, sentence);
  }
});

Deno.test("loadKind() leaves a module's own errors as they are", async () => {
  await assertRejects(() => loadKind(SHAPES, "broken", "shape"), RangeError, "too round");
});
