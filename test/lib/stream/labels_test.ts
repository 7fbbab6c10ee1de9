import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { labelsText, parseLabels } from "../../../lib/stream/labels.ts";

Deno.test("labels come back as they were written", () => {
  const words = [{ start: 0.25, end: 0.75, word: "yes" }, { start: 59.9, end: 60.4, word: "no" }];
  assertEquals(parseLabels(labelsText(words), "x.csv"), words);
});

Deno.test("labels are read with tabs, commas and semicolons, a line of names, comments and in any order", () => {
  const wanted = [{ start: 1, end: 1.5, word: "on" }, { start: 2, end: 2.5, word: "off" }];
  for (
    const text of [
      "2\t2.5\toff\n1\t1.5\ton\n", // as Audacity exports them
      "\ufeffstart,end,word\r\n1,1.5,on\r\n2,2.5,off\r\n",
      "# by hand\n\n1;1.5;on\n2;2.5;off",
    ]
  ) {
    assertEquals(parseLabels(text, "x"), wanted, text);
  }
});

Deno.test("a line of labels that is none is named", () => {
  for (const line of ["1,yes", "1,2", "1,2,", "2,1,yes", "-1,2,yes", "1,x,yes", "1,NaN,yes"]) {
    const error = assertThrows(() => parseLabels(`0,1,no\n${line}\n`, "/x/a.csv"), UserError);
    assertEquals(error.reason, "bad-dataset");
    assertStringIncludes(error.message, "/x/a.csv: line 2");
  }
});
