/** The only list of front-ends. */
import type { KindList } from "../base/kinds.ts";
import type { FrontendKind } from "./contract.ts";

export const FRONTENDS: KindList<FrontendKind> = {
  nnaudio: () => import("./nnaudio/kind.ts"),
  fastaudio: () => import("./fastaudio/kind.ts"),
  leaf: () => import("./leaf/kind.ts"),
  tdfbanks: () => import("./tdfbanks/kind.ts"),
  efficientleaf: () => import("./efficientleaf/kind.ts"),
  sincnet: () => import("./sincnet/kind.ts"),
  mfcc: () => import("./mfcc/kind.ts"),
  mfcc_kaldi: () => import("./mfcc_kaldi/kind.ts"),
  fbank: () => import("./fbank/kind.ts"),
};
