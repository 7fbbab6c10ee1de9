/** The data sets that there are. */
import type { KindList } from "../base/kinds.ts";
import type { DataKind } from "./contract.ts";

export const DATA_SETS = {
  spoken_mini: () => import("./spoken_mini/kind.ts"),
  folder: () => import("./folder/kind.ts"),
  speech_commands: () => import("./speech_commands/kind.ts"),
  spoken_sentences: () => import("./spoken_sentences/kind.ts"),
  timit: () => import("./timit/kind.ts"),
  kaldi: () => import("./kaldi/kind.ts"),
} as const satisfies KindList<DataKind>;
