import { assertEquals } from "@std/assert";
import { Breaker } from "../../../pipeline/remote/breaker.ts";

function breakerAt(start = 0) {
  const clock = { now: start };
  return { clock, breaker: new Breaker(() => clock.now, { failures: 2, restMs: 100 }) };
}

Deno.test("Breaker lets nobody ask after so many failures in a row", () => {
  const { breaker } = breakerAt();
  breaker.failed();
  assertEquals(breaker.allows(), true);
  breaker.failed();
  assertEquals(breaker.allows(), false);
});

Deno.test("Breaker counts failures in a row: a success in between takes them back", () => {
  const { breaker } = breakerAt();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  assertEquals(breaker.allows(), true);
});

Deno.test("Breaker lets a single one ask after a rest, which another failure makes anew", () => {
  const { breaker, clock } = breakerAt();
  breaker.failed();
  breaker.failed();
  clock.now = 99;
  assertEquals(breaker.allows(), false);
  clock.now = 100;
  assertEquals([breaker.allows(), breaker.allows()], [true, false]);
  breaker.failed();
  clock.now = 199;
  assertEquals(breaker.allows(), false);
  clock.now = 200;
  assertEquals(breaker.allows(), true);
  breaker.succeeded();
  assertEquals([breaker.allows(), breaker.allows()], [true, true]);
});

Deno.test("Breaker that is closed stays so, whatever was under way", () => {
  const { breaker, clock } = breakerAt();
  breaker.close();
  breaker.succeeded();
  breaker.failed();
  clock.now = 1e9;
  assertEquals(breaker.allows(), false);
});
