/** All units' digests: the quick tests compile but some, as a build writes them all at once. */
import { assertEquals } from "@std/assert";
import { readSources, unitDigest } from "../../../../lib/kernels/build/build_io.ts";
import { openStamped } from "../../../../lib/kernels/wasm/stamp.ts";

const sources = await readSources();
const { units } = await openStamped(
  await Deno.readFile(new URL("../../../../lib/kernels/wasm/kernels.wasm", import.meta.url)),
);

for (const [unit, digest] of units) {
  Deno.test(`the digest of ${unit} is that of its compiled code`, async () => {
    assertEquals(await unitDigest(sources, unit), digest);
  });
}
