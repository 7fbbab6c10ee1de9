/** The state with the highest validation accuracy (of recognisers: the lowest error rate). */
import type { SelectionKind } from "../contract.ts";

export const kind: SelectionKind = {
  words: "the highest validation accuracy",
  listens: false,
  load: () => Promise.resolve({ open: () => Promise.resolve((_, { accuracy }) => -accuracy) }),
};
