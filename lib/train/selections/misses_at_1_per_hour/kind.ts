/** The state that misses the fewest words of a development stream with no more false alarms than one an hour allows. */
import type { SelectionKind } from "../contract.ts";

export const kind: SelectionKind = {
  words: "the fewest misses on a stream",
  listens: true,
  load: () => import("./open_io.ts"),
};
