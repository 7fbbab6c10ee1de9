import { assert, assertEquals } from "@std/assert";
import { runCampaign } from "./campaign_io.ts";

Deno.test("a short campaign of faults loses nothing and accepts nothing wrong", async () => {
  const tally = await runCampaign({ minutes: 3, kills: 10, seed: 1, short: true, onStep: () => {} });
  assertEquals(tally.troubles, []);
  assert(tally.tried(/ killed$/) > 0, "no kill hit");
  console.log(tally.toText());
});
