/** What trainings are told of their data set, so that their checkpoints say it wherever they go. Pure. */
import type { z } from "zod";
import type { datasetSchema } from "../../lib/records/dataset.ts";
import type { Checked } from "../config/check.ts";

/** What is changed about recordings is how a network is tried, and typed where it is wanted. */
const HOW_IT_IS_TRIED = "corrupt";

/** Its values without those that are nobody else's, or say nothing of what is learnt. */
export function datasetSlice({ kinds: { dataset: kind }, config: { dataset } }: Checked): z.output<
  typeof datasetSchema
> {
  const untold = kind.paths.filter((key) => typeof dataset[key] === "string");
  const left = ["kind", HOW_IT_IS_TRIED, ...kind.paths, ...kind.routes ?? []];
  const settings = Object.entries(dataset).filter(([key]) => !left.includes(key));
  return {
    kind: dataset.kind,
    name: kind.name(dataset),
    settings: Object.fromEntries(settings),
    untold,
  };
}
