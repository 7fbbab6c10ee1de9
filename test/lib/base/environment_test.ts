import { assertEquals } from "@std/assert";
import { describeDifference, differencesOf, sameEnvironment } from "../../../lib/base/environment.ts";

const pairs = [
  // there, here, what differs, whether they are the same
  [{ v8: "1" }, { v8: "1" }, [], true],
  [{ v8: "1" }, { v8: "2" }, ["v8 1, here 2"], false],
  [{ v8: "1" }, { v8: "1", adapter: "card" }, [], false], // what did not matter there is not missed
  [{ v8: "1", other: "x" }, { v8: "1" }, [], false], // nothing is known of it here
  [{ constructor: "x" }, {}, [], false],
  [undefined, { v8: "1" }, [], false],
  [undefined, {}, [], true],
] as const;
for (const [there, here, different, same] of pairs) {
  Deno.test(`an environment ${JSON.stringify(there)} beside ${JSON.stringify(here)}`, () => {
    assertEquals(differencesOf(there, here).map(describeDifference), [...different]);
    assertEquals(sameEnvironment(there, here), same);
  });
}
