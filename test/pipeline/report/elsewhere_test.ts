import { assertEquals } from "@std/assert";
import { wordElsewhere } from "../../../pipeline/report/text/elsewhere.ts";

const fma = { fact: "multiply_add", there: "rounded twice", here: "fused", results: 1 };

Deno.test("results from elsewhere are told in one line, with the flags that make them here", () => {
  assertEquals(
    wordElsewhere({ results: 1, differences: [fma], force: ["train"] }),
    "1 result was made in another environment and used as it is: multiply_add rounded twice, here fused. Its last digits " +
      "may differ from this machine's; the same command with --force train makes it here.",
  );
  const v8 = { fact: "v8", there: "14.1", here: "15.0", results: 3 };
  assertEquals(
    wordElsewhere({ results: 3, differences: [fma, v8], force: ["*"] }),
    "3 results were made in another environment and used as they are: multiply_add rounded twice, here fused (1); v8 " +
      "14.1, here 15.0 (3). Their last digits may differ from this machine's; the same command with --force '*' makes " +
      "them here.",
  );
});
